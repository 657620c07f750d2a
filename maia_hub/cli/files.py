"""Where the commands of an installation find its settings and its secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Settings = Annotated[Path, typer.Option(help="The settings of `maia serve`, a JSON file.")]
Secrets = Annotated[Path, typer.Option("--secrets", help="The folder of the secrets, one file each.")]
SETTINGS, SECRETS = Path("/etc/maia/settings.json"), Path("/etc/maia/secrets")
