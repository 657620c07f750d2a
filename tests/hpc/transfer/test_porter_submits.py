"""The helper at the other end submits as the shell does where there is no Python: with each end, the same is left."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maia_hub.hpc import helper
from maia_hub.hpc.transfer import porter
from maia_hub.hpc.transfer.porters import _submission
from maia_hub.hpc.transfer.quick import Command
from tests.platform import eventually

SCRIPT = f"#!/bin/bash\ntrue\n{helper.END} t-1\n"


class Place:
    """A home in which one of both submits; ``said`` is what they said."""

    def __init__(self, home: Path, way: str) -> None:
        self.home = home
        self.run = home / "runs" / "it's $(one)"
        self.said: list[tuple[int, bytes]] = []
        self._way = way
        (home / "code" / "deep").mkdir(parents=True)
        (home / "code" / "main.py").write_text("1")
        (home / "code" / "deep" / "x").write_text("2")
        (home / "code" / "link").symlink_to("main.py")

    def submit(self, sbatch: str, *, script: str = SCRIPT, attempt: int = 1, code: bool = True) -> None:
        """Submit with something in the place of sbatch."""
        words = [
            "sh",
            "-c",
            helper.SUBMIT,
            "maia-submit",
            "runs/it's $(one)",
            str(attempt),
            "sh",
            "-c",
            sbatch,
        ]
        env = {"MAIA_TOKEN": "t-1", "MAIA_CODE": str(self.home / "code") if code else ""}
        if self._way == "shell":
            done = subprocess.run(
                words,
                input=script.encode(),
                env={**os.environ, **env},
                cwd=self.home,
                capture_output=True,
                check=False,
            )
            self.said.append((done.returncode, done.stdout))
        else:
            self.said.append(self._by_porter(Command(words, env=env), script))

    def _by_porter(self, command: Command, script: str) -> tuple[int, bytes]:
        asked = _submission(command)
        code = (
            "import runpy, sys; p = runpy.run_path(sys.argv[1]); said, out, _ = p['submit'](eval(sys.argv[2]), "
            "sys.stdin.buffer.read()); sys.stdout.buffer.write(out); sys.exit(said['status'])"
        )
        words = [sys.executable, "-I", "-S", "-c", code, porter.__file__, repr(asked)]
        done = subprocess.run(words, input=script.encode(), cwd=self.home, capture_output=True, check=False)
        return done.returncode, done.stdout

    def left(self) -> dict[str, Any]:
        """Return all that is in the run folder, with who may read it."""
        found: dict[str, Any] = {}
        for path in sorted(self.run.rglob("*")):
            known = path.lstat()
            content = (
                os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
            )
            found[str(path.relative_to(self.run))] = (content, stat.filemode(known.st_mode))
        return found


def taken(place: Place) -> None:
    place.submit("echo 7")
    place.submit("echo 8", attempt=2)


def federated(place: Place) -> None:
    place.submit("echo '7;other'; umask > ../../umask; cat job.sh > /dev/null")


def unclear(place: Place) -> None:
    place.submit("echo 'sbatch: error: Batch job submission failed: contact' >&2; exit 1")
    place.submit("echo 8")


def refused(place: Place) -> None:
    place.submit("printf '%5000s' x >&2; exit 1")
    place.submit("echo 9", attempt=2)


def nonsense(place: Place) -> None:
    place.submit("echo 'Submitted batch job 7'")


def killed(place: Place) -> None:
    place.submit("kill -9 $$")


def cut(place: Place) -> None:
    place.submit("echo 7", script=SCRIPT[:-3])
    place.submit("echo 7")


def without_code(place: Place) -> None:
    place.submit("echo 7", code=False)


def half_a_copy(place: Place) -> None:
    (place.run / "code" / "half").mkdir(parents=True)
    place.submit("echo 7")


def code_gone(place: Place) -> None:
    os.rename(place.home / "code", place.home / "gone")
    place.submit("echo 7")


def no_folder(place: Place) -> None:
    (place.home / "runs").write_text("a file")
    place.submit("echo 7")


@pytest.mark.parametrize(
    "story",
    [
        *(taken, federated, unclear, refused, nonsense, killed),
        *(cut, without_code, half_a_copy, code_gone, no_folder),
    ],
    ids=lambda story: story.__name__,
)
def test_both_say_and_leave_the_same(tmp_path: Path, story: Callable[[Place], None]) -> None:
    places = [Place(tmp_path / way, way) for way in ("shell", "porter")]
    for place in places:
        story(place)
    shell, other = places
    assert other.said == shell.said
    assert other.left() == shell.left()
    assert len({(each.home / "umask").read_text() for each in places if (each.home / "umask").exists()}) < 2


def test_a_copy_is_of_links(tmp_path: Path) -> None:
    place = Place(tmp_path, "porter")
    place.submit("echo 7")
    assert place.said == [(0, b"id 7\n")]
    assert (place.run / "code/deep/x").samefile(tmp_path / "code/deep/x")
    assert (place.run / "code/link").is_symlink()


def test_a_connection_that_is_cut_while_the_scheduler_is_asked_leaves_the_id(tmp_path: Path) -> None:
    asked = _submission(
        Command(
            ["sh", "-c", helper.SUBMIT, "x", "run", "1", "sh", "-c", "sleep 0.3; echo 7"],
            env={"MAIA_TOKEN": "t-1"},
        )
    )
    line = json.dumps({"parcels": [], "submit": asked, "size": len(SCRIPT)}).encode()
    with subprocess.Popen(
        [sys.executable, "-I", "-S", porter.__file__, "mark"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line + b"\n" + SCRIPT.encode())
        process.stdin.close()
        eventually((tmp_path / "run" / "job.sh").exists, "the submission")
        process.stdout.close()
        eventually((tmp_path / "run" / "id").exists, "the id")
    assert (tmp_path / "run" / "id").read_text() == "7\n"
