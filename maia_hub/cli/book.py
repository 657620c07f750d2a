"""`maia book`: book a GPU in words."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer

from maia_hub.cli.output import Json, errands, print_done, print_json, print_lines
from maia_hub.client.errands import Wish
from maia_hub.client.times import DURATIONS, TIMES
from maia_hub.client.wording import wish_line

app = typer.Typer(add_completion=False)


@app.command()
def book(  # noqa: PLR0913, PLR0917 - one for each option
    duration: Annotated[str, typer.Argument(help=f"How long: {DURATIONS}.")],
    at: Annotated[str, typer.Option(help=f"When: now, or {TIMES}.")] = "now",
    product: Annotated[str | None, typer.Option(help="Which GPU: a part of its name. See: maia gpus")] = None,
    gpus: Annotated[int, typer.Option(help="How many, all on one node.")] = 1,
    project: Annotated[
        str | None, typer.Option(help="The project it is for, if you are in several. See: maia projects")
    ] = None,
    note: Annotated[str, typer.Option(help="A word to yourself; administrators see it too.")] = "",
    wait: Annotated[
        bool,
        typer.Option("--wait", help="If that time is taken, wait until it comes free. See: maia waitlist"),
    ] = False,
    latest: Annotated[
        str | None, typer.Option(help="With --wait: it may begin until then, at the latest.")
    ] = None,
    json: Json = False,
) -> None:
    """Book a GPU, say: maia book 2h --product A6000 --at "tomorrow 9:00"."""
    wish = Wish(duration=duration, at=at, product=product, gpus=gpus, project=project, note=note)
    with errands() as run:
        if not wait and latest is None:
            print_done("Booked", run.book(wish), run.zone, json=json)
            return
        entry = run.wait_for(wish, latest)
        if entry.booking is not None:
            print_done("Booked", entry.booking, run.zone, json=json)
        elif json:
            print_json(entry)
        else:
            line = wish_line(entry, datetime.now(timezone.utc), run.zone)
            print_lines([f"That time is taken. {line}", "See it, or wait no longer: maia waitlist"])
