"""Packages of Debian and its like: those that are installed are used, others unpacked without root."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from maia_hub.tools.launch import DebianPackages
from maia_hub.tools.local.commands import Command, Failed, Say, run

ROOT = "root"
"""The folder in the package's that stands for ``/``."""
_TO_INSTALL = re.compile(r"^Inst (\S+)", re.MULTILINE)


async def fill(package: DebianPackages, folder: Path, say: Say) -> None:
    """Let ``root`` in a folder lead to ``/``, or unpack there what is missing."""
    root = folder / ROOT
    if all(os.path.exists(f"/{path}") for path in package.programs):
        root.symlink_to("/")
        return
    _need_tools(package)
    say("Asking which packages are needed", 0.0)
    simulate = ["apt-get", "-s", "install", "--no-install-recommends", *package.names]
    needed = _TO_INSTALL.findall("\n".join(await run(Command(simulate, folder, {"LC_ALL": "C"}))))
    await unpack(needed, root, say)
    missing = [path for path in package.programs if not (root / path).exists()]
    if missing:
        raise Failed(
            f"the packages {', '.join(package.names)} hold no {', '.join(missing)}", _advice(package)
        )


async def unpack(names: list[str], root: Path, say: Say) -> None:
    """Fetch packages and unpack them below a folder; no root is needed and nothing of them is run."""
    fetched = root.with_name("packages")
    fetched.mkdir()
    root.mkdir()
    for number, name in enumerate(names):
        say(f"Fetching {name}", 0.9 * number / len(names))
        # As root apt hands over to an account of its own, which may not write here.
        await run(Command(["apt-get", "-o", "APT::Sandbox::User=root", "download", name], fetched))
    for deb in sorted(fetched.glob("*.deb")):
        await run(Command(["dpkg", "-x", str(deb), str(root)], fetched))
    shutil.rmtree(fetched)


def _need_tools(package: DebianPackages) -> None:
    missing = [name for name in ("apt-get", "dpkg") if shutil.which(name) is None]
    if missing:
        raise Failed(f"there is no {' and no '.join(missing)} here to fetch it with", _advice(package))


def _advice(package: DebianPackages) -> str:
    return f"Install your system's packages of these or like names, then start it again: {' '.join(package.names)}"
