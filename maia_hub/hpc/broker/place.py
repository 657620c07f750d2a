"""Where the broker's socket is: in a folder that is its user's alone, and one home's.

People whose servers share a Unix account have homes of their own, and there their SSH keys and names of hosts: what
one of them has opened must not be what another one is led to.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from maia_hub.hpc.transport import TransportError


class UnsafeFolder(TransportError):
    """The folder of the broker's socket is not its user's alone."""

    code = "unsafe-folder"
    title = "The folder of the broker is not yours alone"


def folder() -> Path:
    """Return the folder, made if need be: ``MAIA_HPC_RUN``, else one of this home in the session's runtime folder or
    below /tmp.

    Raises:
        UnsafeFolder: somebody else made it, or may enter it.
    """
    given = os.environ.get("MAIA_HPC_RUN")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    home = hashlib.sha256(os.fsencode(Path.home())).hexdigest()[:16]
    if given:
        path = Path(given)
    elif runtime and os.access(runtime, os.W_OK):
        path = Path(runtime) / f"maia-hpc-{home}"
    else:
        path = Path(tempfile.gettempdir()) / f"maia-hpc-{os.getuid()}-{home}"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = path.lstat()
    if not stat.S_ISDIR(known.st_mode) or known.st_uid != os.getuid() or known.st_mode & 0o077:
        raise UnsafeFolder(
            f"{path} must be a folder that is yours and nobody else may enter",
            advice=f"remove it, or name another one in MAIA_HPC_RUN, or: chmod 700 '{path}'",
        )
    return path


def socket() -> Path:
    """Return the socket's path."""
    return folder() / "broker.sock"


def lock() -> Path:
    """Return the file that the one broker has locked."""
    return folder() / "broker.lock"


def log() -> Path:
    """Return the file that the broker writes its log to."""
    return folder() / "broker.log"
