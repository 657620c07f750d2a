"""`maia door`: the door to the tools of projects on Kubernetes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from maia_hub.cli.files import SECRETS, SETTINGS, Kubeconfig, Secrets
from maia_hub.deployed.settings import read
from maia_hub.deployed.tools import ToolSettings, serve
from maia_hub.hub.setup import TOOLS_SECRET, read_secrets
from maia_hub.service.logs import configure

app = typer.Typer(add_completion=False)


@app.command()
def main(
    settings: Annotated[Path, typer.Option(help="The settings of the door, a JSON file.")] = SETTINGS,
    secrets: Secrets = SECRETS,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Lead the members of projects to their tools on Kubernetes; SIGTERM ends it."""
    configure(sys.stdout)
    token = read_secrets(secrets, (TOOLS_SECRET,))[TOOLS_SECRET]
    asyncio.run(serve(read(settings, ToolSettings), token, kubeconfig))
