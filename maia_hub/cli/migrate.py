"""`maia migrate`: bring the booking database up to date; never done by a service's start."""

from __future__ import annotations

import typer

from maia_hub.cli.files import SECRETS, SETTINGS, Secrets, Settings
from maia_hub.deployed.settings import database, load
from maia_hub.store import schema

app = typer.Typer(add_completion=False)


@app.command()
def main(settings: Settings = SETTINGS, secrets: Secrets = SECRETS) -> None:
    """Make the tables of the booking database, or bring them up to date; a second one waits for the first."""
    schema.upgrade(database(load(settings), secrets))
