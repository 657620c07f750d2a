"""`maia migrate`: bring the booking database up to date; never done by a service's start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maia_hub.deployed.settings import load
from maia_hub.store import schema

app = typer.Typer(add_completion=False)


@app.command()
def main(
    settings: Annotated[Path, typer.Option(help="The settings, a JSON file.")] = Path(
        "/etc/maia/settings.json"
    ),
) -> None:
    """Make the booking database, or bring it up to date."""
    schema.upgrade(load(settings).database)
