"""`maia hpc systems`, `check` and `clean`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.filesize import decimal

from maia_hub.cli.hpc.common import Project, app, with_verbs
from maia_hub.cli.output import Json, print_json, print_lines, print_table
from maia_hub.client.times import parse_duration
from maia_hub.core.counting import counted
from maia_hub.hpc.findings import Finding
from maia_hub.hpc.systemfiles import load_all, presets


@app.command()
def systems(folder: Project = None, json: Json = False) -> None:
    """List the systems there are, and files that hold none."""
    found, broken = load_all(project=folder)
    for each in broken:
        typer.echo(each.error.message, err=True)
    if json:
        print_json([each.system for each in found])
        return
    rows = [
        (
            each.system.name,
            each.system.title,
            each.system.control.host if each.system.control else "",
            str(each.path or ""),
        )
        for each in found
    ]
    print_table("Systems", ("name", "title", "host", "file"), rows)
    print_lines([f"Presets to build on: {', '.join(presets())}"])


@app.command()
def check(system: Annotated[str, typer.Argument()], systems: Project = None, json: Json = False) -> None:
    """Check what is assumed of a system, and say how to mend what does not hold."""

    findings = with_verbs(systems, lambda verbs: verbs.check(verbs.system(system)))
    if json:
        print_json([vars(each) for each in findings])
    else:
        print_table(f"Check of {system}", ("what", "", "found"), map(_finding, findings))
    if not all(each.good for each in findings):
        raise typer.Exit(1)


@app.command()
def clean(
    system: Annotated[str, typer.Argument()],
    older: Annotated[str, typer.Option(help="How long the jobs have to be over.")] = "14d",
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would go.")] = False,
    systems: Project = None,
    json: Json = False,
) -> None:
    """Remove the copies of code that jobs long over ran in; what they wrote or changed there stays."""
    since = parse_duration(older)
    done = with_verbs(systems, lambda verbs: verbs.clean(verbs.system(system), since, remove=not preview))
    if json:
        print_json(done)
        return
    said = "Would go" if preview else "Gone"
    what = f"{counted(done.files, 'file')} of the code of {counted(done.jobs, 'job')}"
    print_lines([f"{said}: {what}, {decimal(done.bytes)} with all links"])


def _finding(each: Finding) -> tuple[str, str, str]:
    return each.what, "ok" if each.good else "!", each.said if each.good else f"{each.said} {each.advice}"
