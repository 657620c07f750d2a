"""`maia backup` and `maia restore`: all that the platform knows, in one file, and back."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer

from maia_hub.cli.files import SECRETS, SETTINGS, Data, Secrets, Settings, is_deployed
from maia_hub.deployed import backup as deployed
from maia_hub.deployed.settings import database, load

app = typer.Typer(add_completion=False)
back = typer.Typer(add_completion=False)

File = Annotated[Path, typer.Argument(help="The file of the backup.", show_default=False)]


@app.command()
def backup(
    file: File,
    data: Data = None,
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
    keep: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="FILE is a folder: write one named by the time into it, and keep so many of these "
            "(where there are settings of maia serve).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a backup that only you may read, while the service runs or not.

    Of `maia up`: bookings, the hub's database, settings and secrets; people's homes are not in it. Where there are
    settings of `maia serve`: the booking database, an SQLite file or PostgreSQL.
    """
    now = datetime.now(timezone.utc)
    if keep is not None:
        file, listing = deployed.rotate(database(load(settings), secrets), file, keep, now)
    elif is_deployed(data, settings):
        listing = deployed.backup(database(load(settings), secrets), file, now)
    else:
        from maia_hub.embedded import backup as embedded  # noqa: PLC0415 not in the service's image
        from maia_hub.embedded import folder  # noqa: PLC0415

        listing = embedded.backup(folder.choose(data), file, now)
    typer.echo(
        f"Written: {file} ({file.stat().st_size:,} bytes, {listing.kind}, version {listing.revision})."
    )
    if listing.kind == "sqlite" and not is_deployed(data, settings):
        typer.echo("It holds passwords and secrets: keep it as you keep those. Homes are not in it.")


@back.command()
def restore(
    file: File,
    data: Data = None,
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
    replace: Annotated[bool, typer.Option("--replace", help="Keep aside what is there.")] = False,
) -> None:
    """Bring back what a backup holds; nothing of the platform may run meanwhile.

    A backup of an older version is brought up to date.
    """
    now = datetime.now(timezone.utc)
    if is_deployed(data, settings):
        kept = deployed.restore(database(load(settings), secrets), file, now, replace=replace)
        start = "Start the service again."
    else:
        from maia_hub.embedded import backup as embedded  # noqa: PLC0415 not in the service's image
        from maia_hub.embedded import folder  # noqa: PLC0415

        kept = embedded.restore(folder.choose(data), file, now, replace=replace)
        start = "Start it with maia up."
    if kept is not None:
        typer.echo(f"What was there is kept: {kept}")
    typer.echo(f"Restored from {file}. {start}")
