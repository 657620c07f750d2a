"""The magic ``%maia_tools``: what a kernel holds of the project's tools, brought up to date."""

from __future__ import annotations

import os
from typing import Any

from IPython.core.magic import Magics, line_magic, magics_class
from IPython.display import display

from maia_hub.client.wording import error_lines
from maia_hub.core.errors import InvalidInput, MaiaError
from maia_lab.display import Report
from maia_lab.tools.door import Door, Environment
from maia_lab.tools.place import Place


def register(shell: Any) -> None:
    """Add the magic to ``shell``."""
    shell.register_magics(ToolsMagics)


@magics_class
class ToolsMagics(Magics):
    """What a user says about tools in a cell."""

    @line_magic
    def maia_tools(self, line: str) -> None:
        """Let this kernel hold what the project's tools tell now: addresses and credentials, as environment variables.

        ``%maia_tools`` after a tool was started or its credentials were changed; ``%maia_tools vision`` for those of
        another project of yours. Only names are shown.
        """
        words = line.split()
        try:
            if len(words) > 1:
                raise InvalidInput("%maia_tools takes the name of one project.", given=" ".join(words)[:80])
            display(_told(renew(*words)))
        except MaiaError as e:
            display(Report(error_lines(e), error=True))


_held: set[str] = set()


def renew(project: str = "") -> Environment:
    """Ask the door, and put what it tells into this process; what it told before and no more is taken out."""
    environment = Door(Place.required()).environment_now(project)
    for name in _held - environment.values.keys():
        os.environ.pop(name, None)
    _held.clear()
    _held.update(environment.values)
    os.environ.update(environment.values)
    return environment


def _told(environment: Environment) -> Report:
    if not environment.values:
        return Report([f"No tool of {environment.project} puts anything into kernels now."])
    held = f"This kernel holds what the tools of {environment.project} tell:"
    return Report([held, ", ".join(environment.names)])
