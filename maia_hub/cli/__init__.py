"""The `maia` command; each subcommand is loaded when it is called: an image carries only what it uses.

A front door only wires: parse, call, print. What a command does lives in the layers below.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup

from maia_hub import __version__
from maia_hub.core.errors import MaiaError


class Subcommand(NamedTuple):
    """Where a subcommand lives (``module:app``) and the line that ``maia --help`` shows of it."""

    where: str
    help: str


SUBCOMMANDS = {
    "up": Subcommand("maia_hub.cli.up:app", "Run the whole platform on this machine."),
    "serve": Subcommand("maia_hub.cli.serve:app", "Run the booking service and its loops on Kubernetes."),
    "door": Subcommand("maia_hub.cli.door:app", "The door to projects' tools on Kubernetes."),
    "migrate": Subcommand("maia_hub.cli.migrate:app", "Bring the booking database up to date."),
    "backup": Subcommand("maia_hub.cli.backup:app", "All that the platform knows, in one file."),
    "restore": Subcommand("maia_hub.cli.backup:back", "Bring back what a backup holds."),
    "admission": Subcommand("maia_hub.cli.admission:app", "The admission review on Kubernetes."),
    "outages": Subcommand("maia_hub.cli.outages:app", "Planned maintenance, where the service runs."),
    "rules": Subcommand("maia_hub.cli.rules:app", "Policies and quotas, where the service runs."),
    "audit": Subcommand("maia_hub.cli.audit:app", "Who did what, when and why, where the service runs."),
    "gpu": Subcommand("maia_hub.cli.gpu:app", "What you hold, until when; extend it, release it."),
    "book": Subcommand("maia_hub.cli.book:app", "Book a GPU."),
    "wait": Subcommand("maia_hub.cli.wait:app", "Wait in line for an idle GPU."),
    "waitlist": Subcommand("maia_hub.cli.waitlist:app", "The booked time that you wait for."),
    "bookings": Subcommand("maia_hub.cli.bookings:app", "List your bookings; change one."),
    "classes": Subcommand("maia_hub.cli.classes:app", "The classes that you are in, teach or lead."),
    "templates": Subcommand("maia_hub.cli.templates:app", "Wishes to book that you keep; book by one."),
    "projects": Subcommand("maia_hub.cli.projects:app", "Your projects and what is left of their quotas."),
    "report": Subcommand("maia_hub.cli.report:app", "GPU-hours: booked, used, idle; as CSV, too."),
    "calendar": Subcommand("maia_hub.cli.calendar:app", "Your bookings in calendar programs."),
    "notices": Subcommand("maia_hub.cli.notices:app", "What you are told by e-mail."),
    "tools": Subcommand("maia_hub.cli.tools:app", "Your project's tools: MLflow, images, objects."),
    "monailabel": Subcommand("maia_hub.cli.monailabel:app", "Annotate and learn with MONAI Label."),
    "hpc": Subcommand("maia_hub.cli.hpc:app", "Jobs on Slurm systems and on this machine."),
    "gpus": Subcommand("maia_hub.cli.gpus:app", "The GPUs of the platform and when they are free."),
}


class LazyGroup(TyperGroup):
    """A group that imports a subcommand's module only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the subcommands."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and return a subcommand, None if there is none of that name."""
        entry = SUBCOMMANDS.get(cmd_name)
        if entry is None:
            return None
        if _wants_overview(ctx, cmd_name):
            command = typer.main.get_command(_stub(entry.help))
            command.name = cmd_name
            return command
        module, _, name = entry.where.partition(":")
        command = typer.main.get_command(getattr(import_module(module), name))
        command.name = cmd_name
        return command


def _wants_overview(ctx: Any, name: str) -> bool:
    """Tell whether only the list of commands is wanted, for which nothing needs to be imported."""
    return name not in sys.argv[1:]


def _stub(text: str) -> typer.Typer:
    app = typer.Typer()

    @app.command(help=text)
    def stub() -> None: ...

    return app


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    help="MAIA Hub: book a GPU, get it for exactly that time, be warned, carry on without it.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def entry(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show it."),
) -> None:
    """Take the options that come before the subcommand."""


def main() -> None:
    """Run the command; an error that is fit for users is shown as such and the exit status is 1."""
    try:
        app()
    except MaiaError as error:
        show(error)
        raise SystemExit(1) from None


def show(error: MaiaError) -> None:
    """Print an error with every rule that refused, what was given, what is allowed and what to do next."""
    from rich.console import Console  # noqa: PLC0415 - not needed unless something went wrong
    from rich.markup import escape  # noqa: PLC0415

    from maia_hub.client.wording import error_lines  # noqa: PLC0415

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    first, *rest = error_lines(error)
    console.print(f"[bold red]{escape(first)}[/]")
    for line in rest:
        console.print(f"  {escape(line)}")
