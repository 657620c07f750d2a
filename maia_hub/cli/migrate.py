"""`maia migrate`: bring the booking database up to date, or back; never done by a service's start."""

from __future__ import annotations

from typing import Annotated

import typer

from maia_hub.cli.files import SECRETS, SETTINGS, Data, Secrets, Settings, database
from maia_hub.core.errors import Conflict
from maia_hub.store import schema

app = typer.Typer(add_completion=False)


@app.command()
def main(
    data: Data = None,
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
    to: Annotated[
        str | None,
        typer.Option(
            help="The version to go back to, that an older program needs, such as 0010.", show_default=False
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Go back, whatever is forgotten by it.")] = False,
) -> None:
    """Make the tables of the booking database, or bring them up to date; a second one waits for the first.

    With --to an older version: go back to it, before the older program is installed. Without --yes it only says what
    would be forgotten.
    """
    with database(data, settings, secrets) as url:
        if to is None:
            schema.upgrade(url)
            return
        losses = schema.losses(url, to)
        if losses and not yes:
            raise Conflict(
                f"Going back to version {to} forgets what newer versions have added.",
                given="; ".join(f"{loss.revision} {loss.title} {loss.what}" for loss in losses),
                advice="Write a backup first (maia backup FILE), then say --yes.",
            )
        if losses:
            schema.downgrade(url, to)
            typer.echo(f"The database has version {to} now. Start the program that needs it.")
        else:
            schema.upgrade(url, to)
