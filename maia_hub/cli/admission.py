"""`maia admission`: the admission review, and what it calls a user's service account."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer

from maia_hub.cli.files import SECRETS, SETTINGS, Secrets, Settings

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The admission review on Kubernetes.")


@app.command()
def serve(
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
    rules: Annotated[Path, typer.Option(help="What the site decides about the review, a JSON file.")] = Path(
        "/etc/maia-admission/rules.json"
    ),
    certificate: Annotated[
        Path, typer.Option(help="The folder with tls.crt and tls.key; they may change while it runs.")
    ] = Path("/etc/maia-admission-tls"),
    clients: Annotated[
        Path | None,
        typer.Option(help="A PEM file of authorities: without a certificate of theirs nobody is answered."),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "0.0.0.0",  # noqa: S104 the pod's own
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8443,
) -> None:
    """Review the pods that ask for a GPU; SIGTERM ends it. It connects to the database and to nothing else."""
    from maia_hub.admission.app import create_app  # noqa: PLC0415 - the other command needs none of these
    from maia_hub.admission.review import Reviewer  # noqa: PLC0415
    from maia_hub.admission.rules import load as load_rules  # noqa: PLC0415
    from maia_hub.admission.server import Certificate  # noqa: PLC0415
    from maia_hub.admission.server import serve as serve_app  # noqa: PLC0415
    from maia_hub.deployed.desk import opened  # noqa: PLC0415
    from maia_hub.deployed.settings import database, load  # noqa: PLC0415
    from maia_hub.service.logs import configure  # noqa: PLC0415

    configure(sys.stdout)
    given = load(settings)
    with opened(given, database(given, secrets)) as desk:
        reviewer = Reviewer(desk, load_rules(rules), lambda: datetime.now(timezone.utc))
        asyncio.run(serve_app(create_app(reviewer), host, port, Certificate(certificate), clients))


@app.command()
def account(user: Annotated[str, typer.Argument(help="The user's name, as the hub has it.")]) -> None:
    """Print the name of the service account whose pods are the user's, in any managed namespace."""
    from maia_hub.core.accounts import account_of  # noqa: PLC0415
    from maia_hub.core.ids import UserName  # noqa: PLC0415

    typer.echo(account_of(UserName(user)))
