"""`maia bookings`: list bookings; move, hand over or cancel one."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer

from maia_hub.cli.output import Json, errands, print_done, print_json, print_lines, print_table
from maia_hub.client.errands import Errands
from maia_hub.client.models import BookingModel, SeriesModel
from maia_hub.client.wording import COLUMNS, booking_row
from maia_hub.core.counting import counted

app = typer.Typer(add_completion=False)

Which = Annotated[str, typer.Argument(help="The first characters of the booking's id.")]


@app.callback(invoke_without_command=True)
def bookings(
    context: typer.Context,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody's bookings, not only yours.")] = False,
    past: Annotated[bool, typer.Option("--past", help="Those that are over, too.")] = False,
    json: Json = False,
) -> None:
    """List your bookings; move, hand over or cancel one."""
    if context.invoked_subcommand is not None:
        return
    with errands() as run:
        found = run.bookings(everybody=everybody, past=past)
        if json:
            print_json(found)
        elif not found:
            print_lines(["No bookings.", "Book a GPU: maia book 2h"])
        else:
            _print(found, run, everybody)


@app.command()
def move(
    booking: Which,
    at: Annotated[str | None, typer.Option(help="The new start.")] = None,
    duration: Annotated[str | None, typer.Option("--for", help="The new length.")] = None,
    json: Json = False,
) -> None:
    """Give a booking another start, another length, or both."""
    with errands() as run:
        print_done("Moved", run.move(booking, at, duration), run.zone, json=json)


@app.command()
def cancel(
    booking: Which,
    following: Annotated[
        bool, typer.Option("--following", help="The later ones of its series, too.")
    ] = False,
    series: Annotated[bool, typer.Option("--series", help="Its whole series.")] = False,
    json: Json = False,
) -> None:
    """Cancel a booking that has not begun, or what is left of its series."""
    with errands() as run:
        if following or series:
            _print_cancelled(run.cancel_series(booking, following=not series), json=json)
            return
        print_done("Cancelled", run.cancel(booking), run.zone, json=json)


@app.command("next")
def move_to_next(booking: Which, json: Json = False) -> None:
    """Move a booking to the nearest time that is as long, free and within the rules."""
    with errands() as run:
        print_done("Moved", run.move_to_next(booking), run.zone, json=json)


@app.command("hand-over")
def hand_over(
    booking: Which,
    to: Annotated[str, typer.Option(help="Her name at the hub: somebody of the same project.")],
    json: Json = False,
) -> None:
    """Let a colleague have a booking, or what is left of it; a server of yours then goes on without GPU."""
    with errands() as run:
        print_done(f"Handed over to {to}", run.hand_over(booking, to), run.zone, json=json)


def _print_cancelled(series: SeriesModel, *, json: bool) -> None:
    if json:
        print_json(series)
        return
    left = sum(booking.state != "ended" for booking in series.bookings)
    print_lines([f"Cancelled. {left} of its {counted(len(series.bookings), 'booking')} left."])


def _print(found: list[BookingModel], run: Errands, everybody: bool) -> None:
    now = datetime.now(timezone.utc)
    rows = [booking_row(booking, now, run.zone) for booking in found]
    if everybody:
        rows = [(*row, booking.user) for row, booking in zip(rows, found, strict=True)]
    print_table("Bookings", (*COLUMNS, "user") if everybody else COLUMNS, rows)
