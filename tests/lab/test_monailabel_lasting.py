"""A MONAI Label lasts as long as its session: the servers are real, small ones stand in MONAI Label's place."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from maia_hub.monailabel import environment, ohif, process, server
from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.server import State
from maia_hub.monailabel.state import Folder, Wish, folders
from maia_lab.gpu.session import SessionWatch
from maia_lab.monailabel.lasting import Keeper
from tests.lab.sessions import write
from tests.monailabel import small
from tests.platform import eventually


@pytest.fixture
def wish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wish]:
    """A small server's; what runs is ended after the test."""
    made = small.environment(tmp_path / "environment")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(ohif, "PINNED", small.pinned(made))

    async def prepare() -> Environment:
        return made

    monkeypatch.setattr(environment, "prepare", prepare)
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.py").write_text(small.APP)
    wish = Wish(str(app), {"use_pretrained_model": "false"}, str(tmp_path), device="cpu")
    for name in ("runs", "stopped"):
        server.start(made, name, wish)
    server.stop("stopped")
    yield wish
    for folder in folders():
        known = folder.known()
        assert known is not None
        process.end(known.process, folder)


def running() -> list[str]:
    found = {folder.name: folder.known() for folder in folders()}
    return [name for name, known in found.items() if known is not None and process.runs(known.process)]


def test_it_rests_before_the_end_and_goes_on_when_the_end_moves(wish: Wish, tmp_path: Path) -> None:
    watch = SessionWatch(tmp_path / "grant.json")
    write(watch.path, timedelta(minutes=10), datetime.now(timezone.utc))
    resting = threading.Thread(target=Keeper(logging.getLogger("test"), watch).rest, daemon=True)
    resting.start()
    eventually(lambda: not running(), "nothing runs any more")
    write(watch.path, timedelta(hours=1), datetime.now(timezone.utc))
    eventually(lambda: running() == ["runs"], "it goes on")
    resting.join(60)
    assert not resting.is_alive()
    assert server.look("runs").state is State.READY


def test_what_ran_when_the_session_ended_starts_again_and_what_was_stopped_does_not(
    wish: Wish, tmp_path: Path
) -> None:
    watch = SessionWatch(tmp_path / "grant.json")
    write(watch.path, timedelta(seconds=-1), datetime.now(timezone.utc))
    keeper = Keeper(logging.getLogger("test"), watch)
    keeper.rest()
    assert running() == []
    assert Folder("runs").known() is not None
    keeper.again()
    assert running() == ["runs"]
    assert server.look("runs").state is State.READY
