"""`maia templates`: wishes to book that you keep; save one, book by one, remove one."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from maia_hub.cli.output import Json, errands, print_done, print_json, print_lines, print_table
from maia_hub.client.choosing import choose_pool
from maia_hub.client.errands import Errands
from maia_hub.client.models import TemplateModel, TemplateRequest
from maia_hub.client.repeats import checked, day_called, zone_name
from maia_hub.client.times import DURATIONS, parse_duration, tell_duration
from maia_hub.core.errors import NotFound

app = typer.Typer(add_completion=False)

COLUMNS = ("name", "GPUs", "how long", "when", "project", "note")
Which = Annotated[str, typer.Argument(help="Its name.")]


@app.callback(invoke_without_command=True)
def templates(context: typer.Context, json: Json = False) -> None:
    """List the wishes to book that you keep; save one, book by one, remove one."""
    if context.invoked_subcommand is not None:
        return
    with errands() as run:
        found = run.client.templates()
    if json:
        print_json(found)
    elif not found:
        print_lines(["You keep no template.", "Save one: maia templates save evening 8h --at 18:00"])
    else:
        print_table("Templates", COLUMNS, map(_row, found))


@app.command()
def save(  # noqa: PLR0913
    name: Annotated[str, typer.Argument(help="A name; one that you have is replaced.")],
    duration: Annotated[str, typer.Argument(help=f"How long: {DURATIONS}.")],
    *,
    at: Annotated[
        str | None, typer.Option(help="At which time of day, such as 13:00; without it, now.")
    ] = None,
    product: Annotated[str | None, typer.Option(help="Which GPU: a part of its name. See: maia gpus")] = None,
    gpus: Annotated[int, typer.Option(help="How many, all on one node.")] = 1,
    project: Annotated[str | None, typer.Option(help="The project it is for.")] = None,
    note: Annotated[str, typer.Option(help="A word to yourself; administrators see it too.")] = "",
    zone: Annotated[str | None, typer.Option(help="The time zone of the time of day.")] = None,
    json: Json = False,
) -> None:
    """Keep a wish to book, say: maia templates save evening 8h --at 18:00"""
    length = parse_duration(duration)
    with errands(zone) as run:
        asked = {
            "name": name,
            "pool": choose_pool(run.client.gpus(), product).id,
            "gpus": gpus,
            "seconds": round(length.total_seconds()),
            "project": project,
            "at": at,
            "zone": zone_name(run.zone),
            "note": note,
        }
        kept = run.client.save_template(checked(TemplateRequest, asked))
    if json:
        print_json(kept)
    else:
        print_lines([f"Saved: {kept.name}.", f"Book by it: maia templates book {kept.name!r}"])


@app.command()
def book(
    name: Which,
    on: Annotated[
        str | None, typer.Option(help="The day, such as 2027-06-30; otherwise as soon as it can be.")
    ] = None,
    json: Json = False,
) -> None:
    """Book by a template."""
    with errands() as run:
        day = None if on is None else day_called(on)
        booking = run.client.book_template(_chosen(run, name).id, day)
        print_done("Booked", booking, run.zone, json=json)


@app.command()
def remove(name: Which) -> None:
    """Remove a template; what was booked by it stays."""
    with errands() as run:
        run.client.forget_template(_chosen(run, name).id)
    print_lines([f"Removed: {name}."])


def _chosen(run: Errands, name: str) -> TemplateModel:
    mine = run.client.templates()
    found = next((each for each in mine if each.name == name), None)
    if found is None:
        raise NotFound(
            "You have no template of that name.",
            given=name[:60],
            allowed=[each.name for each in mine] or "none",
            advice="See them: maia templates",
        )
    return found


def _row(template: TemplateModel) -> tuple[str, ...]:
    when = f"{template.at} in {template.zone}" if template.at else "now"
    length = tell_duration(timedelta(seconds=template.seconds))
    gpus = f"{template.gpus} × {template.product}"
    return (template.name, gpus, length, when, template.project or "", template.note)
