"""The helper that stays at the other end, by itself: nothing is begun that did not arrive whole."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from maia_hub.hpc.transfer import porter


def asked(folder: Path, data: bytes, **more: Any) -> bytes:
    """Return a request to put a file into a folder and run a command."""
    file = {"path": "f", "size": len(data), "digest": hashlib.sha256(data).hexdigest()}
    parcel = {
        "root": str(folder),
        "token": "t",
        "before": "",
        "files": [{**file, "mode": 0o640, "modified": 1, "target": "", **more}],
        "gone": [],
        "folders": [],
        "modes": [],
        "manifest": "{}",
        "paths": "./f\0",
    }
    said: dict[str, Any] = {
        "parcels": [parcel],
        "submit": None,
        "argv": ["touch", str(folder / "ran")],
        "env": {},
        "timeout": 60,
    }
    return json.dumps({**said, "size": len(data)}).encode() + b"\n" + data


def served(given: bytes) -> bytes:
    """Return what it says until its input ends."""
    words = [sys.executable, "-I", "-S", porter.__file__, "mark"]
    return subprocess.run(words, input=given, capture_output=True, check=True).stdout


def room(folder: Path) -> Path:
    """Make a folder that things are sent to."""
    (folder / ".maia-transfer").mkdir(parents=True)
    return folder


def test_a_file_is_put_in_place_then_the_command_runs(tmp_path: Path) -> None:
    folder = room(tmp_path / "there")
    answer = served(asked(folder, b"data")).split(b"\n")
    assert answer[0] == b"mark"
    assert json.loads(answer[1]) == {"status": 0, "out": 0, "errors": 0}
    assert (folder / "f").read_bytes() == b"data"
    assert (folder / "f").stat().st_mode & 0o777 == 0o640
    assert (folder / "ran").exists()


def test_what_is_cut_at_any_byte_is_not_begun(tmp_path: Path) -> None:
    folder = room(tmp_path / "there")
    whole = asked(folder, b"data")
    for count in {0, 1, len(whole) // 2, len(whole) - 5, len(whole) - 4, len(whole) - 1}:
        assert served(whole[:count]) == b"mark\n"
    assert [each.name for each in folder.iterdir()] == [".maia-transfer"]


def test_what_arrived_otherwise_is_not_put_in_place(tmp_path: Path) -> None:
    folder = room(tmp_path / "there")
    answer = served(asked(folder, b"data", digest=hashlib.sha256(b"other").hexdigest()))
    assert json.loads(answer.split(b"\n")[1])["parcel"] == 0
    assert [each.name for each in folder.iterdir()] == [".maia-transfer"]
    assert not list((folder / ".maia-transfer").iterdir())
