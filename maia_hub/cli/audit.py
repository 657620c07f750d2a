"""`maia audit`: search the audit log, by whoever runs the service, where its settings and secrets are.

Administrators' rights need a sign-in to the portal and no token has them, so this reads the database itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from maia_hub.cli.database import OPERATOR, desk_of
from maia_hub.cli.files import SECRETS, SETTINGS, Secrets, Settings
from maia_hub.cli.output import Json, print_json, print_lines, print_table
from maia_hub.client.times import local_zone, parse_time
from maia_hub.desk import Event, Search
from maia_hub.service import views

app = typer.Typer(add_completion=False)
COLUMNS = ("number", "when", "who", "what", "of what", "whose", "why")


@app.command()
def audit(  # noqa: PLR0913, PLR0917 - one for each option
    user: Annotated[str | None, typer.Option(help="Who did it, or whom it concerns.")] = None,
    project: Annotated[str | None, typer.Option(help="For which project.")] = None,
    booking: Annotated[str | None, typer.Option(help="The first characters of a booking's id.")] = None,
    action: Annotated[str | None, typer.Option(help="What the action begins with: booking.")] = None,
    since: Annotated[str | None, typer.Option(help="From when: 2027-03-28 09:00")] = None,
    until: Annotated[str | None, typer.Option(help="Until when.")] = None,
    text: Annotated[
        str | None, typer.Option(help="A part of the reason or the action, or what the id begins with.")
    ] = None,
    before: Annotated[int | None, typer.Option(help="Go on after this number.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The most that is shown.")] = 50,
    json: Json = False,
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
) -> None:
    """Show decisions, the newest first; all that is given must be true of them."""
    with desk_of(settings, secrets) as (desk, now):
        search = Search(
            user=user,
            project=project,
            subject=booking,
            action=action,
            since=_moment(since, now),
            until=_moment(until, now),
            text=text,
        )
        found = desk.audit(OPERATOR, now, before=before, limit=limit + 1, search=search)
    if json:
        print_json([views.audit_event(event) for event in found[:limit]])
    elif not found:
        print_lines(["No such entry."])
    else:
        print_table("Audit log", COLUMNS, [_row(event) for event in found[:limit]])
        if len(found) > limit:
            print_lines([f"There are older ones: --before {found[limit - 1].id}"])


def _moment(text: str | None, now: datetime) -> datetime | None:
    return None if text is None else parse_time(text, now=now, zone=local_zone())


def _row(event: Event) -> tuple[str, ...]:
    when = f"{event.at.astimezone(local_zone()):%Y-%m-%d %H:%M:%S}"
    return (str(event.id), when, event.actor, event.action, event.subject, event.user, event.reason)
