"""`maia report`: GPU-hours that were booked, used and left idle, as a table or for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, cast

import typer

from maia_hub.cli.everybody import SECRETS, SETTINGS, Secrets, Settings
from maia_hub.cli.output import Everybody, Json, print_json, print_lines, print_table
from maia_hub.client.models import Report, ReportGroup, ReportLine
from maia_hub.client.spreadsheet import HOURS, as_csv
from maia_hub.client.sync import Client
from maia_hub.core.errors import InvalidInput, Unavailable

app = typer.Typer(add_completion=False)
GROUPS = ("user", "project", "product", "month")


@app.command()
def report(  # noqa: PLR0913, PLR0917 - one for each option
    by: Annotated[str, typer.Option(help="Any of user, project, product, month.")] = "project,month",
    first: Annotated[str | None, typer.Option("--from", help="The first day: 2026-01-01.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day, included.")] = None,
    zone: Annotated[str | None, typer.Option(help="Whose days: Europe/Stockholm; else the site's.")] = None,
    project: Annotated[str | None, typer.Option(help="Of this project alone.")] = None,
    csv: Annotated[
        Path | None, typer.Option(help="Write it there for a spreadsheet; - for the screen.")
    ] = None,
    json: Json = False,
    everybody: Everybody = False,
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
) -> None:
    """Show your GPU-hours: booked, used, idle; by default of this month and the two before."""
    days = _day(first), _day(last)
    if everybody:
        found = _everybodys(days, _groups(by), zone, project, (settings, secrets))
    else:
        with Client() as client:
            found = client.report(*days, by=_groups(by), zone=zone, project=project)
    if csv is not None:
        _write(csv, as_csv(found))
    elif json:
        print_json(found)
    else:
        _print(found)


def _everybodys(
    days: tuple[date | None, date | None],
    by: list[ReportGroup],
    zone: str | None,
    project: str | None,
    where: tuple[Path, Path],
) -> Report:
    """Ask the database itself: a token never sees what only administrators may."""
    from maia_hub.cli.database import OPERATOR, desk_of  # noqa: PLC0415 - a client alone has no database
    from maia_hub.core.ids import ProjectId  # noqa: PLC0415
    from maia_hub.core.interval import zone_called  # noqa: PLC0415
    from maia_hub.core.reports import Group, days_of  # noqa: PLC0415
    from maia_hub.service import views  # noqa: PLC0415

    with desk_of(*where) as (desk, now):
        asked = days_of(*days, zone_called(zone) if zone else desk.projects.zone, now)
        of = None if project is None else ProjectId(project)
        return views.report(desk.report(OPERATOR, asked, [Group(each) for each in by], now, project=of))


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as e:
        raise InvalidInput("That is no day.", given=text, allowed="a day such as 2026-03-31") from e


def _groups(by: str) -> list[ReportGroup]:
    asked = [part.strip() for part in by.split(",") if part.strip()]
    if unknown := sorted(set(asked) - set(GROUPS)):
        raise InvalidInput("Hours cannot be grouped by that.", given=unknown, allowed=GROUPS)
    return cast("list[ReportGroup]", asked)


def _write(path: Path, text: str) -> None:
    if str(path) == "-":
        typer.echo(text.encode(), nl=False)
        return
    try:
        path.write_bytes(text.encode())
    except OSError as e:
        raise Unavailable(f"The file cannot be written: {e.strerror}.", given=str(path)) from e
    print_lines([f"Written: {path}"])


def _print(found: Report) -> None:
    title = f"GPU-hours, {found.first} to {found.last} ({found.zone})"
    if not found.lines:
        print_lines([f"{title}: none."])
        return
    rows = [*_rows(found), ("total", *[""] * (len(found.by) - 1), *_hours(found.total))]
    print_table(title, (*found.by, *HOURS), rows if found.by else [_hours(found.total)])


def _rows(found: Report) -> Iterator[tuple[str, ...]]:
    for line in found.lines:
        yield (*(str(getattr(line, group) or "") for group in found.by), *_hours(line))


def _hours(line: ReportLine) -> tuple[str, ...]:
    return tuple(f"{getattr(line, name):,.1f}" for name in HOURS)
