"""What runs inside a workspace: the server extension, the magics and ``from maia_lab import gpu``.

Here belongs code that a user's own server or kernel runs, with that user's rights. It knows the hub side only
by HTTP and by the session file; nothing here may decide what a user is allowed to do. Importing this package
costs next to nothing, since every server and every kernel with the magic does it at start.
"""

from __future__ import annotations

from typing import Any

from maia_hub import __version__

__all__ = ["__version__", "load_ipython_extension"]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "@maia-hub/lab"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "maia_lab.extension"}]


def load_ipython_extension(shell: Any) -> None:
    """Give ``shell`` the magics: ``%gpu``, ``%maia_tools``, ``%monailabel``, Slurm's (``%load_ext maia_lab``)."""
    from maia_lab import magics  # noqa: PLC0415 - a server that imports this package needs no magics
    from maia_lab.hpc import magics as hpc_magics  # noqa: PLC0415
    from maia_lab.monailabel import magics as monailabel_magics  # noqa: PLC0415
    from maia_lab.tools import magics as tools_magics  # noqa: PLC0415

    for each in (magics, hpc_magics, tools_magics, monailabel_magics):
        each.register(shell)
