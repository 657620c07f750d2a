"""How processes try to outlive their session."""

from __future__ import annotations

from pathlib import Path

from maia_hub.supervise import Identity
from tests.platform import eventually

ESCAPES = {
    "setsid": "setsid $HOME/escapee & sleep 600",
    "nohup": "nohup $HOME/escapee >/dev/null & sleep 600",
    "double fork": "(setsid $HOME/escapee &); sleep 600",
    "without its mark": "(env -i setsid $HOME/escapee &); sleep 600",
}


def escapee(folder: Path) -> Path:
    """Put the program that tries to escape into the folder; return where it writes its pid."""
    program, pid = folder / "escapee", folder / "pid"
    program.write_text(
        f"#!/bin/sh\necho $$ >{pid}.new\nmv {pid}.new {pid}\nexec sleep 600\n", encoding="utf-8"
    )
    program.chmod(0o755)
    return pid


def wrote_pid(file: Path) -> Identity:
    """Return who wrote its pid into the file, once it has."""
    eventually(file.exists, "it runs")
    return Identity.of(int(file.read_text(encoding="utf-8")))
