"""Where the commands of an installation find its settings, its secrets and its data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import URL, make_url

from maia_hub.deployed import settings as deployed

Settings = Annotated[Path, typer.Option(help="The settings of `maia serve`, a JSON file.")]
Secrets = Annotated[Path, typer.Option("--secrets", help="The folder of the secrets, one file each.")]
Kubeconfig = Annotated[
    Path | None, typer.Option(help="A kubeconfig; without it the pod's own service account counts.")
]
Data = Annotated[
    Path | None,
    typer.Option(help="Data folder of maia up (default: $MAIA_DATA, or your own)", show_default=False),
]
SETTINGS, SECRETS = Path("/etc/maia/settings.json"), Path("/etc/maia/secrets")


def is_deployed(data: Path | None, settings: Path) -> bool:
    """Tell which of the two is meant: a data folder that is named counts, else settings that are there or named."""
    return data is None and (settings != SETTINGS or settings.exists())


@contextmanager
def database(data: Path | None, settings: Path, secrets: Path) -> Iterator[URL]:
    """Yield the URL of the booking database; one of a data folder only while no `maia up` uses it."""
    if is_deployed(data, settings):
        yield deployed.database(deployed.load(settings), secrets)
        return
    from maia_hub.embedded import folder as folders  # noqa: PLC0415 not in the service's image

    folder = folders.choose(data)
    folder.prepare(traversable=False)
    with folders.exclusive(folder.run / "up.lock", "A maia up"):
        yield make_url(f"sqlite:///{folder.database}")
