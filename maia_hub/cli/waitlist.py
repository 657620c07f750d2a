"""`maia waitlist`: the booked time that you wait for; take what is offered, or wait no longer."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from pathlib import Path
from typing import Annotated

import typer

from maia_hub.cli.everybody import SECRETS, SETTINGS, Secrets, Settings
from maia_hub.cli.output import Everybody, Json, errands, print_done, print_json, print_lines, print_table
from maia_hub.client.models import SomebodysWish
from maia_hub.client.times import local_zone
from maia_hub.client.wording import WISH_COLUMNS, wish_line, wish_row
from maia_hub.core.errors import InvalidInput

app = typer.Typer(add_completion=False)

_MOST = 10_000

Which = Annotated[str | None, typer.Argument(help="The first characters of the wish's id.")]


@app.callback(invoke_without_command=True)
def waitlist(
    context: typer.Context,
    past: Annotated[bool, typer.Option("--past", help="Those that are over, too.")] = False,
    json: Json = False,
    everybody: Everybody = False,
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
) -> None:
    """List what you wait for; accept or decline what is offered, or withdraw a wish."""
    if context.invoked_subcommand is not None:
        return
    if everybody:
        _print_all(_everybodys(settings, secrets), local_zone(), json=json)
        return
    with errands() as run:
        found = run.waitlist(past=past)
        if json:
            print_json(found)
        elif not found:
            print_lines(
                ["You wait for no booking.", "Wait for a time that is taken: maia book 2h --at 14:00 --wait"]
            )
        else:
            now = datetime.now(timezone.utc)
            print_table("Waiting list", WISH_COLUMNS, [wish_row(wish, now, run.zone) for wish in found])


@app.command()
def accept(wish: Which = None, json: Json = False) -> None:
    """Take the booking that is offered to you."""
    with errands() as run:
        print_done("Booked", run.accept_wish(wish), run.zone, json=json)


@app.command()
def decline(wish: Which = None, json: Json = False) -> None:
    """Turn down what is offered; what you wait for later is not lost."""
    with errands() as run:
        done = run.decline_wish(wish)
        if json:
            print_json(done)
        else:
            print_lines(["The next one has it. See what you still wait for: maia waitlist"])


@app.command()
def withdraw(wish: Which = None, json: Json = False) -> None:
    """Wait no longer."""
    with errands() as run:
        done = run.withdraw_wish(wish)
        if json:
            print_json(done)
        else:
            print_lines([f"You no longer wait: {wish_line(done, datetime.now(timezone.utc), run.zone)}"])


@app.command()
def remove(
    wish: Annotated[str, typer.Argument(help="The first characters of the id of anybody's wish.")],
    reason: Annotated[str, typer.Option(help="Why; its owner reads it.")],
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
) -> None:
    """Take somebody's wish off the list, where the service runs; what was offered goes to the next."""
    from maia_hub.cli.database import OPERATOR, desk_of  # noqa: PLC0415 - a client alone has no database
    from maia_hub.core.ids import WishId  # noqa: PLC0415

    found = [
        each for each in _everybodys(settings, secrets) if wish and str(each.id).startswith(wish.lower())
    ]
    if len(found) != 1:
        raise InvalidInput(
            "Several wishes could be meant." if found else "No wish on the list has such an id.",
            given=wish,
            advice="Give the first characters of an id: maia waitlist --everybody",
        )
    with desk_of(settings, secrets) as (desk, now):
        desk.remove_wish(OPERATOR, WishId(found[0].id), reason, now)
    print_lines([f"{found[0].user} no longer waits for it, and is told why."])


def _everybodys(settings: Path, secrets: Path) -> list[SomebodysWish]:
    """Ask the database itself: a token never sees what only administrators may."""
    from maia_hub.cli.database import OPERATOR, desk_of  # noqa: PLC0415
    from maia_hub.desk import WishPage  # noqa: PLC0415
    from maia_hub.service import views  # noqa: PLC0415

    with desk_of(settings, secrets) as (desk, now):
        show = views.BookingViews(OPERATOR, desk.pools(now), now)
        found = desk.all_wishes(OPERATOR, now, WishPage(_MOST))
        return [views.somebodys_wish(each, show) for each in found]


def _print_all(found: list[SomebodysWish], zone: tzinfo, *, json: bool) -> None:
    now = datetime.now(timezone.utc)
    if json:
        print_json(found)
    elif not found:
        print_lines(["Nobody waits for a booking."])
    else:
        rows = [(each.user, each.project, *wish_row(each, now, zone)) for each in found]
        print_table("Waiting list", ("who", "project", *WISH_COLUMNS), rows)
