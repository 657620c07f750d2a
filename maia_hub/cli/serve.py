"""`maia serve`: the service and its control loops on Kubernetes."""

from __future__ import annotations

import asyncio
import sys

import typer

from maia_hub.cli.files import SECRETS, SETTINGS, Kubeconfig, Secrets, Settings
from maia_hub.deployed.serve import serve
from maia_hub.deployed.settings import database, load
from maia_hub.hub.setup import read_secrets
from maia_hub.service.logs import configure

app = typer.Typer(add_completion=False)


@app.command()
def main(
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Run the booking service and its control loops on Kubernetes; SIGTERM ends them."""
    configure(sys.stdout)
    given = load(settings)
    asyncio.run(serve(given, database(given, secrets), read_secrets(secrets), kubeconfig))
