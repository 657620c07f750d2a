"""`maia up`: the whole platform on this machine."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from maia_hub.embedded import folder as folders
from maia_hub.embedded import node, options, settings
from maia_hub.embedded.folder import Folder
from maia_hub.embedded.gpus import inventory, products
from maia_hub.embedded.ports import need_free
from maia_hub.embedded.settings import Settings
from maia_hub.embedded.signals import Signals
from maia_hub.embedded.up import Platform
from maia_hub.store import upgrade

app = typer.Typer(add_completion=False)
_console = Console(highlight=False)


@app.command()
def up(  # noqa: PLR0913, PLR0917 - one parameter for each option of the command line
    data: Annotated[
        Path | None, typer.Option(help="Data folder (default: $MAIA_DATA, or your own)", show_default=False)
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port that people open (default: 8000)", min=1, max=65535)
    ] = None,
    ip: Annotated[str | None, typer.Option(help="Address to listen on (default: 127.0.0.1)")] = None,
    gpus: Annotated[
        str | None,
        typer.Option(
            help="Number of simulated GPUs; auto: the machine's own, or two simulated ones (default: auto)"
        ),
    ] = None,
    authenticator: Annotated[
        str | None,
        typer.Option(help="generated (passwords) or pam (Unix accounts; root only) (default: generated)"),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(help="Booking rules: open, classic or demo (from 10 s, to try it out) (default: open)"),
    ] = None,
    users: Annotated[str | None, typer.Option(help="Users, with commas between (default: alice,bob)")] = None,
    admins: Annotated[
        str | None, typer.Option(help="Administrators, with commas between (default: admin; with pam none)")
    ] = None,
    subdomain_host: Annotated[
        str | None,
        typer.Option(
            help="Address that people open, such as http://hub.localhost:8000 or https://hub.example.org; tools have "
            "an origin of their own then, maia-tools--service.hub.example.org; empty: none (default: none)"
        ),
    ] = None,
    drain: Annotated[
        float | None,
        typer.Option(help="Seconds from the stop of a session to its end (default: the policy's)"),
    ] = None,
    cull_idle: Annotated[
        int | None,
        typer.Option(
            help="Stop a server after so many seconds without activity, unless its GPU is booked; "
            "0: never (default: 0)"
        ),
    ] = None,
) -> None:
    """Run hub, proxy and service on this machine until Ctrl-C; the data stays for the next time."""
    wanted = options.Options(
        ip=ip,
        port=port,
        gpus=gpus,
        authenticator=authenticator,
        policy=policy,
        subdomain_host=subdomain_host,
        users=_names(users),
        admins=_names(admins),
        drain=drain,
        cull_idle=cull_idle,
    )
    run(folders.choose(data), wanted)


def run(folder: Folder, wanted: options.Options) -> None:
    """Prepare and run the platform in ``folder`` until a signal ends it."""
    folder.prepare(traversable=False)
    with folders.exclusive(folder.run / "up.lock", "Another maia up"), Signals() as signals:
        chosen = options.apply(wanted, settings.load(folder.settings))
        need_free(chosen.ip, chosen.ports.public)
        folder.prepare(traversable=chosen.authenticator == "pam")
        settings.save(folder.settings, chosen)
        if not node.is_installed():
            _say("Installing the proxy (once)")
        node.proxy_command()
        _say("Preparing the database")
        upgrade(f"sqlite:///{folder.database}")
        platform = Platform(folder, chosen, signals, _say)
        with suppress(KeyboardInterrupt), platform.running():
            greet(folder, chosen)
            platform.watch()
        _say("Everything has ended; the data stays in " + str(folder.root))


def greet(folder: Folder, chosen: Settings) -> None:
    """Say where it is, who may sign in, which GPUs there are and where the data lives."""
    _row("Open", f"[bold]{chosen.origin}[/]")
    for who in _people(chosen):
        _row("Sign in", who)
    for line in products(inventory(chosen.simulated)) or ["none"]:
        _row("GPUs", escape(line))
    _row("Rules", chosen.policy)
    _row("Data", escape(str(folder.root)))
    if os.geteuid() == 0 and chosen.authenticator != "pam":
        _console.print(
            "[bold red]Everybody's servers run as root.[/] Whoever signs in can do anything on this machine. "
            "Start it as an ordinary user, or give every user a Unix account with --authenticator pam.",
            soft_wrap=True,
        )
    if chosen.ip not in ("127.0.0.1", "::1", "localhost"):
        _console.print(
            f"[bold red]It listens on {chosen.ip} without encryption.[/] Put a proxy with TLS before it.",
            soft_wrap=True,
        )
    _console.print("Ctrl-C ends it.", style="dim")


def _people(chosen: Settings) -> list[str]:
    """Who may sign in, and how."""
    if chosen.authenticator == "pam":
        who = ", ".join(chosen.allowed) or "every Unix account of this machine except root"
        admins = ", ".join(chosen.admins) or "nobody (name them with --admins NAME,NAME)"
        return [f"{who}, with the Unix password", f"administrators: {admins}"]
    return [
        f"{a.name}{' (administrator)' if a.admin else ''}, password [bold]{a.password}[/]"
        for a in chosen.accounts
    ]


def _row(label: str, text: str) -> None:
    _console.print(f"{label:<9}{text}", soft_wrap=True)


def _say(what: str) -> None:
    _console.print(f"· {what}", style="dim", markup=False, soft_wrap=True)


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]
