"""`maia door`: the door to the tools of projects on Kubernetes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from maia_hub.cli.files import SECRETS, SETTINGS, Secrets
from maia_hub.deployed.settings import read
from maia_hub.deployed.tools import ToolSettings, serve
from maia_hub.hub.setup import read_secrets
from maia_hub.service.logs import configure

app = typer.Typer(add_completion=False)


@app.command()
def main(
    settings: Annotated[Path, typer.Option(help="The settings of the door, a JSON file.")] = SETTINGS,
    secrets: Secrets = SECRETS,
    kubeconfig: Annotated[
        Path | None, typer.Option(help="A kubeconfig; without it the pod's own service account counts.")
    ] = None,
) -> None:
    """Lead the members of projects to their tools on Kubernetes; SIGTERM ends it."""
    configure(sys.stdout)
    token = read_secrets(secrets, ("tools",))["tools"]
    asyncio.run(serve(read(settings, ToolSettings), token, kubeconfig))
