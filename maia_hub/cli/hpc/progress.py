"""How far a transfer is, in a line of the terminal that goes when it is through."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from maia_hub.client.times import tell_duration
from maia_hub.hpc.projects import Told
from maia_hub.hpc.transfer.progress import Progress


@contextmanager
def shown() -> Iterator[Told | None]:
    """Show transfers on standard error while this lasts, with rate and remaining time; where nobody looks, none."""
    if not sys.stderr.isatty():
        yield None
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
    with Bars(*columns, console=console, transient=True) as bars:
        tasks: dict[Path, TaskID] = {}

        def told(folder: Path, far: Progress) -> None:
            if folder not in tasks:
                tasks[folder] = bars.add_task(escape(folder.name or str(folder)), said="")
            bars.update(tasks[folder], total=far.bytes_total, completed=far.bytes_done, said=line(far))

        yield told


def line(far: Progress) -> str:
    """Say how far it is: files, bytes, rate and how long it will still take."""
    said = (
        f"{far.files_done}/{far.files_total} files · {decimal(far.bytes_done)} of {decimal(far.bytes_total)}"
    )
    if far.rate:
        said += f" · {decimal(int(far.rate))}/s"
    if far.remaining is not None and far.bytes_done < far.bytes_total:
        said += f" · {tell_duration(timedelta(seconds=round(far.remaining)))} left"
    return said
