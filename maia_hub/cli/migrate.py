"""`maia migrate`: bring the booking database up to date; never done by a service's start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maia_hub.deployed.settings import database, load
from maia_hub.store import schema

app = typer.Typer(add_completion=False)


@app.command()
def main(
    settings: Annotated[Path, typer.Option(help="The settings, a JSON file.")] = Path(
        "/etc/maia/settings.json"
    ),
    secret_folder: Annotated[
        Path, typer.Option("--secrets", help="The folder of the secrets, one file each.")
    ] = Path("/etc/maia/secrets"),
) -> None:
    """Make the tables of the booking database, or bring them up to date; a second one waits for the first."""
    schema.upgrade(database(load(settings), secret_folder))
