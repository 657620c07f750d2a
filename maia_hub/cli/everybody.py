"""Options of commands that look at everybody's where the service runs, and at one's own elsewhere.

They are as in `maia_hub.cli.files`, which a client alone has not: it has no database.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Settings = Annotated[Path, typer.Option(help="With --everybody: the settings of `maia serve`.")]
Secrets = Annotated[Path, typer.Option(help="With --everybody: the folder of the secrets.")]
SETTINGS, SECRETS = Path("/etc/maia/settings.json"), Path("/etc/maia/secrets")
