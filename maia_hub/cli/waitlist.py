"""`maia waitlist`: the booked time that you wait for; take what is offered, or wait no longer."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer

from maia_hub.cli.output import Json, errands, print_done, print_json, print_lines, print_table
from maia_hub.client.wording import WISH_COLUMNS, wish_line, wish_row

app = typer.Typer(add_completion=False)

Which = Annotated[str | None, typer.Argument(help="The first characters of the wish's id.")]


@app.callback(invoke_without_command=True)
def waitlist(
    context: typer.Context,
    past: Annotated[bool, typer.Option("--past", help="Those that are over, too.")] = False,
    json: Json = False,
) -> None:
    """List what you wait for; accept or decline what is offered, or withdraw a wish."""
    if context.invoked_subcommand is not None:
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
