"""The magic ``%monailabel``: wiring between IPython and the library."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from IPython.core.magic import Magics, line_magic, magics_class
from IPython.display import display

from maia_hub.client.wording import error_lines
from maia_hub.core.errors import MaiaError
from maia_lab.display import Report
from maia_lab.monailabel import commandline


def register(shell: Any) -> None:
    """Add the magic and the completion of its commands to ``shell``."""
    shell.register_magics(MonaiLabelMagics)
    shell.set_hook("complete_command", lambda _shell, event: complete(event.line), str_key="%monailabel")


def complete(line: str) -> list[str]:
    """Return what may come next after ``line``."""
    words = line.split()
    if len(words) < 2 or (len(words) == 2 and not line.endswith(" ")):
        return list(commandline.COMMANDS)
    return commandline.OPTIONS.get(words[1], [])


@magics_class
class MonaiLabelMagics(Magics):
    """What a user says about MONAI Label in a cell."""

    @line_magic
    def monailabel(self, line: str) -> None:
        """Start, list and stop servers of MONAI Label in this session: see ``%monailabel help``."""
        try:
            words = commandline.parse(line)
            report = _COMMANDS[words.command](words)
        except MaiaError as e:
            report = Report(error_lines(e), error=True)
        display(report)


def _start(words: argparse.Namespace) -> Report:
    from maia_hub.monailabel import starting, wording  # noqa: PLC0415 - most kernels never need it

    say = wording.telling(partial(print, flush=True))
    given = {name: value for name, value in vars(words).items() if name != "command"}
    with ThreadPoolExecutor(1) as beside:  # the kernel's own loop runs in this thread
        begun = starting.begin(starting.Asked(**given), starting.Place.from_environment(), say)
        return Report(wording.lines(beside.submit(asyncio.run, begun).result()))


def _listed(_words: argparse.Namespace) -> Report:
    from maia_hub.monailabel import server, wording  # noqa: PLC0415

    found = [wording.row(each) for each in server.all_servers()]
    lines = [] if found else [wording.NONE, "Start one: %monailabel help"]
    return Report(lines, caption="MONAI Label", columns=wording.COLUMNS, rows=found)


def _stop(words: argparse.Namespace) -> Report:
    from maia_hub.monailabel import server, wording  # noqa: PLC0415

    return Report(wording.lines(server.stop(words.name)))


def _logs(words: argparse.Namespace) -> Report:
    from maia_hub.monailabel import server  # noqa: PLC0415

    lines = server.log(words.name, words.lines)
    return Report([f"The end of the log of {words.name}:", "\n".join(lines)] if lines else ["It is empty."])


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], Report]] = {
    "start": _start,
    "ls": _listed,
    "stop": _stop,
    "logs": _logs,
    "help": lambda _words: Report([commandline.HELP]),
}
