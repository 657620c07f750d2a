"""`maia book`: book a GPU in words."""

from __future__ import annotations

from typing import Annotated

import typer

from maia_hub.cli.output import Json, errands, print_done
from maia_hub.client.errands import Wish
from maia_hub.client.times import DURATIONS, TIMES

app = typer.Typer(add_completion=False)


@app.command()
def book(
    duration: Annotated[str, typer.Argument(help=f"How long: {DURATIONS}.")],
    at: Annotated[str, typer.Option(help=f"When: now, or {TIMES}.")] = "now",
    product: Annotated[str | None, typer.Option(help="Which GPU: a part of its name. See: maia gpus")] = None,
    gpus: Annotated[int, typer.Option(help="How many, all on one node.")] = 1,
    project: Annotated[
        str | None, typer.Option(help="The project it is for, if you are in several. See: maia projects")
    ] = None,
    note: Annotated[str, typer.Option(help="A word to yourself; administrators see it too.")] = "",
    json: Json = False,
) -> None:
    """Book a GPU, say: maia book 2h --product A6000 --at "tomorrow 9:00"."""
    wish = Wish(duration=duration, at=at, product=product, gpus=gpus, project=project, note=note)
    with errands() as run:
        print_done("Booked", run.book(wish), run.zone, json=json)
