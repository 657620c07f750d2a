"""A rehearsed end is followed like a real one, and ends nothing."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from maia_lab import gpu
from tests.lab.sessions import START, write
from tests.platform import eventually


def test_the_loop_ends_before_the_rehearsed_saving() -> None:
    with gpu.rehearsal("3s", saving="1s", drain="1s") as session:
        batches = gpu.until_end(range(10**9), reserve="500ms")
        for _ in batches:
            left = gpu.time_left()
    assert batches.stopped
    assert session.until is not None
    assert left is not None
    assert left > timedelta(seconds=2)


def test_callbacks_are_rehearsed_too() -> None:
    called: list[bool] = []
    gpu.before_end("1s")(lambda: called.append(True))
    with gpu.rehearsal("2s", saving="0.1s", drain="0.1s"):
        eventually(lambda: called, "the callback ran")


def test_the_real_session_is_back_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "grant.json"
    monkeypatch.setenv("MAIA_SESSION_FILE", str(path))
    session = write(path, timedelta(hours=1), START)
    with pytest.raises(RuntimeError), gpu.rehearsal("5s"):
        raise RuntimeError
    assert os.environ["MAIA_SESSION_FILE"] == str(path)
    assert gpu.status().session == session


def test_a_rehearsal_without_an_end_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIA_SESSION_FILE", raising=False)
    with gpu.rehearsal(None):
        assert gpu.time_left() is None
        assert list(gpu.until_end(range(3))) == [0, 1, 2]
    assert "MAIA_SESSION_FILE" not in os.environ
