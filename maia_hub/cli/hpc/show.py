"""`maia hpc show` and `usage`: one job in full, and what one has used of a system."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.filesize import decimal

from maia_hub.cli.hpc.common import JobName, Project, app, with_verbs
from maia_hub.cli.output import Json, print_json, print_lines, print_table
from maia_hub.client.times import tell_duration
from maia_hub.hpc.advice import advice
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.showing import Efficiency
from maia_hub.hpc.using import DAYS, Account, Usage

ACCOUNTS = ("account", f"used in {DAYS} days", "limit", "counted", "left")


@app.command()
def show(
    job: JobName,
    script: Annotated[bool, typer.Option("--script", help="Print its batch script alone.")] = False,
    systems: Project = None,
    json: Json = False,
) -> None:
    """Show a job: its state, its files, its script, and what it made of what it was given."""
    shown = with_verbs(systems, lambda verbs: verbs.show(job))
    if script:
        typer.echo(shown.job.script, nl=False)
    elif json:
        shares = (
            {"cpu_share": shown.efficiency.cpu_share, "memory_share": shown.efficiency.memory_share}
            if shown.efficiency
            else None
        )
        print_json(
            {"job": vars(shown.job), "files": shown.files, "efficiency": shown.efficiency, "shares": shares}
        )
    else:
        print_lines([*_told(shown.job), *_used(shown.efficiency), ""])
        files = [(name, "" if each.is_folder else decimal(each.size)) for name, each in shown.files.items()]
        print_table("Files", ("name", "size"), [each for each in files if not each[0].startswith(".")])
        print_lines(["", *shown.job.script.splitlines()])


def _told(job: Job) -> list[str]:
    state = " · ".join(filter(None, (job.state, job.reason, job.exit_code if job.exit_code != "0:0" else "")))
    lines = [
        f"{job.name}: {job.system}:{job.job_id or '-'} ({job.token})",
        f"State: {state}",
        f"Submitted: {job.created[:16].replace('T', ' ')} UTC",
        f"Run folder: {job.folder}",
    ]
    return [*lines, *([f"What to do: {advice(job)}"] if advice(job) else [])]


def _used(used: Efficiency | None) -> list[str]:
    """Say what was used of what was given, one fact per line."""
    if used is None:
        return []
    lines = [f"Ran: {tell_duration(used.elapsed)}"]
    if used.cpu_share is not None:
        lines.append(f"Processors: {used.cpu_share:.0%} of {used.cpus}")
    if used.memory is not None and used.memory_given:
        lines.append(
            f"Memory: {decimal(used.memory)} of {decimal(used.memory_given)} ({used.memory_share:.0%})"
        )
    if used.gpus:
        share = "not measured there" if used.gpu_share is None else f"{used.gpu_share:.0%}"
        lines.append(f"GPUs: {used.gpus}, their use: {share}")
    return lines


@app.command()
def usage(system: Annotated[str, typer.Argument()], systems: Project = None, json: Json = False) -> None:
    """Show the GPU-hours that you and your accounts have used on a system, and what is left."""
    found = with_verbs(systems, lambda verbs: verbs.usage(verbs.system(system)))
    if json:
        print_json(found)
        return
    print_lines(_usage_lines(found))
    if found.accounts:
        print_table("GPU-hours", ACCOUNTS, [_account(each) for each in found.accounts])
    if found.said:
        print_lines(found.said.splitlines())


def _usage_lines(found: Usage) -> list[str]:
    return (
        [found.trouble]
        if found.own is None
        else [f"Yours in the last {DAYS} days: {found.own:.1f} GPU-hours"]
    )


def _account(each: Account) -> tuple[str, ...]:
    hours = (each.used, each.limit, each.counted, each.left)
    return (each.name, *("-" if value is None else f"{value:.1f}" for value in hours))
