"""`maia classes`: the classes that you are in, teach or lead; making and changing them is done in the portal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone, tzinfo
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from maia_hub.cli.output import Json, errands, print_json, print_lines, print_table
from maia_hub.client.errands import Errands
from maia_hub.client.models import BookingModel, ClassCheck, ClassDate, ClassModel
from maia_hub.client.times import tell_time
from maia_hub.core.errors import NotFound

app = typer.Typer(add_completion=False)

COLUMNS = ("class", "project", "you", "GPUs for each group", "dates left", "next")
DATES = ("date", "groups", "state")
TRIAL = ("date", "", "groups", "")


@app.callback(invoke_without_command=True)
def classes(context: typer.Context, json: Json = False) -> None:
    """List the classes that you are in, teach or lead; see one. Leads make and change them in the portal."""
    if context.invoked_subcommand is not None:
        return
    with errands() as run:
        found = run.client.classes()
        if json:
            print_json(found)
        elif not found:
            print_lines(["You are in no class.", "Who leads a project makes classes in the portal."])
        else:
            now = datetime.now(timezone.utc)
            print_table("Classes", COLUMNS, (_row(each, now, run.zone) for each in found))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Its name, or the beginning of its id.")],
    zone: Annotated[str | None, typer.Option(help="The time zone to tell times in.")] = None,
    trial: Annotated[
        Path | None,
        typer.Option(
            "--try",
            exists=True,
            dir_okay=False,
            help="A list of students (CSV): what would its dates be with these groups?",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show a class: who teaches it, its groups, its dates. Its staff see, too, what another list would make of them."""
    with errands(zone) as run:
        chosen = _chosen(run, name)
        if trial is not None:
            _print_check(
                run.client.check_class_change(chosen.id, trial.read_text("utf-8-sig", "replace")),
                run.zone,
                json=json,
            )
            return
        found = run.client.one_class(chosen.id)
        if json:
            print_json(found)
            return
        print_lines(_about(found))
        now = datetime.now(timezone.utc)
        print_table("Dates", DATES, _dates(found.bookings, now, run.zone))


def _print_check(found: ClassCheck, zone: tzinfo, *, json: bool) -> None:
    if json:
        print_json(found)
        return
    print_lines(f"Line {each.line}: {each.message}" for each in [*found.faults, *found.warnings])
    if not found.hub_asked:
        print_lines(["The hub could not be asked whether it knows all of these names."])
    if found.faults:
        print_lines(["Nothing of this list could be saved: correct these lines first."])
        return
    now = datetime.now(timezone.utc)
    print_table("Dates, as they would be", TRIAL, (_tried(each, now, zone) for each in found.dates))
    print_lines(["Nothing was changed. Who leads the project changes groups in the portal."])


def _tried(date: ClassDate, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    groups = ", ".join(f"{group} on {node}" for group, node in sorted(date.nodes.items()))
    refusals = " ".join(refusal.message for refusal in date.verdict.refusals)
    said = " ".join(each for each in (refusals, date.said) if each)
    possible = "possible" if date.verdict.allowed else "not possible"
    return tell_time(date.start, now=now, zone=zone), possible, groups, said


def _chosen(run: Errands, name: str) -> ClassModel:
    mine = run.client.classes()
    named = [each for each in mine if name in (each.name, str(each.id))]
    begun = [each for each in mine if len(name) >= 4 and str(each.id).startswith(name)]
    if not named and len(begun) != 1:
        raise NotFound(
            "You are in no class of that name.",
            given=name[:60],
            allowed=[each.name for each in mine] or "none",
            advice="See them: maia classes",
        )
    return (named or begun)[0]


def _row(found: ClassModel, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    you = found.role if found.group is None else f"{found.role}, group {found.group}"
    upcoming = (
        "ended"
        if found.ended
        else "over"
        if found.next is None
        else tell_time(found.next, now=now, zone=zone)
    )
    gpus = f"{found.gpus} × {found.product}"
    return (found.name, found.project, you, gpus, str(found.left), upcoming)


def _about(found: ClassModel) -> Iterable[str]:
    yield f"{found.name}, for {found.project}: {found.gpus} × {found.product} for each group. Id: {found.id}"
    yield f"Staff: {', '.join(found.staff)}"
    for group in found.groups:
        yield f"Group {group.name}: {', '.join(group.members)}"


def _dates(bookings: Iterable[BookingModel], now: datetime, zone: tzinfo) -> Iterable[tuple[str, ...]]:
    for start, those in groupby(bookings, key=lambda booking: booking.start):
        found = list(those)
        groups = ", ".join(b.of_class.group for b in found if b.of_class)
        states = ", ".join(dict.fromkeys(b.cause or b.state for b in found))
        yield tell_time(start, now=now, zone=zone), groups, states
