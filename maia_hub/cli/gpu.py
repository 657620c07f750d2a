"""`maia gpu`: what this server holds; book, extend, release, keep."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import Annotated

import typer

from maia_hub.cli.book import book
from maia_hub.cli.output import Json, errands, own_server, print_done, print_json, print_lines, print_table
from maia_hub.client.errands import Errands
from maia_hub.client.models import State
from maia_hub.client.wording import COLUMNS, booking_line, booking_row, place_line, session_lines

app = typer.Typer(add_completion=False)
app.command()(book)

Which = Annotated[str | None, typer.Option("--booking", help="The first characters of its id, if several.")]


@app.callback(invoke_without_command=True)
def gpu(context: typer.Context) -> None:
    """Show what you hold and until when; book, extend, release."""
    if context.invoked_subcommand is None:
        status()


@app.command()
def status(json: Json = False) -> None:
    """Show what your servers hold, until when, and your bookings."""
    with errands() as run:
        state = run.state()
        if json:
            print_json(state)
        else:
            _print(state, run)


@app.command()
def extend(
    by: Annotated[str | None, typer.Argument(help="How much longer, such as 1h.")] = None,
    until: Annotated[str | None, typer.Option(help="The new end instead, such as 18:00.")] = None,
    booking: Which = None,
    json: Json = False,
) -> None:
    """Give a booking a later end."""
    with errands() as run:
        print_done("Extended", run.extend(by, until, booking), run.zone, json=json)


@app.command()
def release(
    booking: Which = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Give a GPU back now; the server goes on without it."""
    with errands() as run:
        chosen = run.find("release", booking)
        if not yes and sys.stdin.isatty():
            told = booking_line(chosen, datetime.now(timezone.utc), run.zone)
            question = f"Release {told}? Documents are saved; the kernels' memory is lost."
            typer.confirm(question, abort=True, err=True)
        print_done("Released", run.release(str(chosen.id)), run.zone, json=json)


@app.command()
def keep(booking: Which = None, json: Json = False) -> None:
    """Answer that you need your GPU, when you are asked because it does nothing."""
    with errands() as run:
        print_done("Kept", run.keep(booking), run.zone, json=json)


def _print(state: State, run: Errands) -> None:
    shown = sorted(state.sessions, key=lambda session: session.server != own_server())
    for session in shown:
        name = f"Server {session.server!r}: " if session.server else ""
        first, *rest = session_lines(session, state.now, run.zone)
        waiting = [p for p in state.queue if p.server == session.server]
        print_lines([f"{name}{first}", *rest, *(place_line(p, state.now, run.zone) for p in waiting)])
    if not shown:
        print_lines(["No server of yours is running, so you hold no GPU."])
    if state.bookings:
        rows = [booking_row(booking, state.now, run.zone) for booking in state.bookings]
        print_table("Your bookings", COLUMNS, rows)
