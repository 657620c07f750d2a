"""The end stands in the session file: it may move, and a file that is lost or spoilt moves nothing."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from maia_hub.core.sessionfile import NAME, write
from maia_hub.supervise.follower import Follower
from tests.platform import eventually
from tests.supervise.sessions import SLEEP, none_left, session, supervise


def without_zones(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "+00:00" in text
    file.write_text(text.replace("+00:00", ""), encoding="utf-8")


def without_kill(file: Path) -> None:
    content = json.loads(file.read_text(encoding="utf-8")) | {"kill": None}
    file.write_text(json.dumps(content), encoding="utf-8")


SPOILT: dict[str, Callable[[Path], object]] = {
    "removed": Path.unlink,
    "cut off": lambda file: file.write_text("{", encoding="utf-8"),
    "no object": lambda file: file.write_text("[]", encoding="utf-8"),
    "binary": lambda file: file.write_bytes(b"\xff\xfe"),
    "no time zones": without_zones,
    "no kill": without_kill,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_session_without_a_readable_file_is_not_started(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    session(tmp_path, 600)
    spoil(tmp_path / NAME)
    assert supervise(tmp_path, "touch", str(tmp_path / "started")).wait(30) == 3
    assert not (tmp_path / "started").exists()
    assert "no start without a known end" in (tmp_path / "log").read_text(encoding="utf-8")


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_file_spoilt_meanwhile_leaves_the_end_in_force(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    content = session(tmp_path, 2)
    supervisor = supervise(tmp_path, *SLEEP)
    eventually((tmp_path / "state.json").exists, "it runs")
    spoil(tmp_path / NAME)
    supervisor.wait(30)
    assert content.stop is not None
    assert datetime.now(timezone.utc) >= content.stop
    assert none_left(content.grant)


def test_a_file_that_cannot_be_read_for_a_moment_is_read_again(tmp_path: Path) -> None:
    content = session(tmp_path, 600)
    follower = Follower(tmp_path / NAME)
    later = replace(content, reason="extended")
    write(tmp_path / NAME, later)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        assert follower.current() == content
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert follower.current() == later


def test_an_extension_just_before_the_stop_survives_the_old_end(tmp_path: Path) -> None:
    old = session(tmp_path, 2)
    supervisor = supervise(tmp_path, *SLEEP)
    assert old.save is not None
    eventually(lambda: old.save is not None and datetime.now(timezone.utc) > old.save, "saving has begun")
    new = session(tmp_path, 3)
    supervisor.wait(30)
    assert old.until is not None
    assert new.stop is not None
    assert datetime.now(timezone.utc) > new.stop > old.until
    assert none_left(new.grant)
