"""How the user's subcommands print: tables for people, JSON for programs, nothing else on standard output."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from maia_hub.client.errands import Errands
from maia_hub.client.models import BookingModel
from maia_hub.client.sync import Client
from maia_hub.client.times import local_zone
from maia_hub.client.wording import changed_lines
from maia_hub.core import sessionfile
from maia_hub.core.interval import zone_called

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text.")]
Everybody = Annotated[
    bool, typer.Option("--everybody", help="Everybody's, from the database, where the service runs.")
]


@contextmanager
def errands(zone: str | None = None) -> Iterator[Errands]:
    """Yield what does the user's errands, in a time zone by its name, otherwise this machine's."""
    place = local_zone() if zone is None else zone_called(zone)
    with Client() as client:
        yield Errands(client, place, own_booking=_own_booking())


def _own_booking() -> str | None:
    """Return the booking of the server that this terminal belongs to, None outside one."""
    path = os.environ.get(sessionfile.ENV)
    try:
        return sessionfile.read(Path(path)).booking if path else None
    except (OSError, ValueError):
        return None


def own_server() -> str:
    """Return the name of the server that this terminal belongs to."""
    return os.environ.get("MAIA_SERVER", "")


def print_json(value: Any) -> None:
    """Print a model, or a list of them, as the API would send it."""
    typer.echo(TypeAdapter(Any).dump_json(value, indent=2).decode())


def print_done(done: str, booking: BookingModel, zone: tzinfo, *, json: bool) -> None:
    """Print what was done to a booking."""
    if json:
        print_json(booking)
    else:
        print_lines(changed_lines(done, booking, zone))


def print_lines(lines: Iterable[str]) -> None:
    """Print plain lines, the first one emphasised."""
    console = Console(highlight=False, soft_wrap=True)
    for number, line in enumerate(lines):
        console.print(f"[bold]{escape(line)}[/]" if number == 0 else escape(line))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table that fits the terminal."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    Console(highlight=False).print(table)
