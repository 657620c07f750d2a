"""What a terminal begins with: it asks the door, then becomes the shell."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

_BEGIN = "import sys; sys.path.pop(0); from maia_lab.tools.shell import main; main(sys.argv[1:])"
"""Without the folder that the terminal is opened in, which may hold modules of any name."""


def look_after(app: ServerApp) -> None:
    """Let the terminals of a server begin so."""
    terminals = app.web_app.settings.get("terminal_manager")
    if terminals is not None and terminals.shell_command[:3] != [*_python()]:
        terminals.shell_command = [*_python(), *terminals.shell_command]


def _python() -> tuple[str, str, str]:
    return sys.executable, "-c", _BEGIN


def main(shell: list[str]) -> NoReturn:
    """Become the shell, with what the tools tell; say so in a line if they do not."""
    try:
        _hold()
    except Exception as e:  # whatever it is: a terminal is the place to mend it
        print(f"This terminal does not know the project's tools: {_said(e)}", file=sys.stderr)
        print("A new terminal asks for them again.", file=sys.stderr, flush=True)
    os.execvp(shell[0], shell)  # noqa: S606 - the shell that the person has


def _hold() -> None:
    # Here, so that the shell comes whatever is wrong with them.
    from maia_lab.tools.door import Door  # noqa: PLC0415
    from maia_lab.tools.place import Place  # noqa: PLC0415

    os.environ.update(Door(Place.required()).environment_now().values)


def _said(error: Exception) -> str:
    message = getattr(error, "message", "")
    return str(message or type(error).__name__)
