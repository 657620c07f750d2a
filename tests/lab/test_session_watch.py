"""The session file is followed, cheaply and without being misled."""

from __future__ import annotations

import os
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from maia_hub.core import sessionfile
from maia_lab import gpu
from maia_lab.gpu.session import SessionWatch
from tests.lab.sessions import START, Hands, write


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def watch(tmp_path: Path, clock: Hands) -> SessionWatch:
    return SessionWatch(tmp_path / "grant.json", clock)


def test_no_file_means_nothing_is_held(watch: SessionWatch) -> None:
    assert watch.look() is None
    assert watch.seconds_to_save() is None


def test_an_extension_is_seen_at_the_next_look(watch: SessionWatch) -> None:
    write(watch.path, timedelta(minutes=1), START)
    assert watch.seconds_to_save() == 60 - 8
    write(watch.path, timedelta(minutes=5), START)
    assert watch.seconds_to_save() == 300 - 8


def test_the_text_is_read_once_while_the_file_stays(watch: SessionWatch) -> None:
    write(watch.path, timedelta(minutes=1), START)
    assert watch.look() is watch.look()


def test_an_end_that_was_taken_away_is_no_end(watch: SessionWatch) -> None:
    write(watch.path, timedelta(minutes=1), START)
    watch.look()
    write(watch.path, None, START)
    assert watch.seconds_to_save() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"grant": 1}', "null", '{"gpus": [], "until": "tomorrow"}'])
def test_a_file_that_is_none_leaves_the_last_known_end(watch: SessionWatch, text: str) -> None:
    session = write(watch.path, timedelta(minutes=1), START)
    watch.look()
    watch.path.write_text(text)
    assert watch.look() == session


def test_a_file_half_written_is_read_again_even_if_only_its_text_changed(watch: SessionWatch) -> None:
    session = write(watch.path, timedelta(minutes=1), START)
    text = watch.path.read_bytes()
    for content, seen in ((b" " * len(text), None), (text, session)):
        with watch.path.open("r+b") as file:
            file.write(content)
        os.utime(watch.path, (0, 0))
        assert watch.look() == seen


def test_threads_that_look_while_it_changes_all_end_with_the_last_end(watch: SessionWatch) -> None:
    def follow() -> None:
        while watch.seconds_to_save() != 300 - 8:
            pass

    threads = [threading.Thread(target=follow, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for seconds in range(100, 301):
        write(watch.path, timedelta(seconds=seconds), START)
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)


def test_a_clock_that_is_set_changes_what_is_left_and_never_the_end(
    watch: SessionWatch, clock: Hands
) -> None:
    session = write(watch.path, timedelta(minutes=5), START)
    assert watch.seconds_to_save() == 300 - 8
    clock.pass_(hours=-1)
    assert watch.seconds_to_save() == 3600 + 300 - 8
    clock.pass_(hours=1, minutes=4)
    assert watch.seconds_to_save() == 60 - 8
    assert watch.look() == session


def test_a_file_that_is_gone_leaves_the_last_known_end(watch: SessionWatch) -> None:
    session = write(watch.path, timedelta(minutes=1), START)
    watch.look()
    watch.path.unlink()
    assert watch.look() == session


def test_outside_the_hub_there_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(sessionfile.ENV, raising=False)
    assert gpu.time_left() is None
    assert "does not run on MAIA Hub" in str(gpu.status())


def test_time_left_counts_to_the_end_and_never_below_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grant.json"
    monkeypatch.setenv(sessionfile.ENV, str(path))
    write(path, timedelta(hours=1), datetime.now(timezone.utc))
    left = gpu.time_left()
    assert left is not None
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    write(path, timedelta(hours=-1), datetime.now(timezone.utc))
    assert gpu.time_left() == timedelta(0)


def test_the_status_says_that_a_gpu_is_simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "grant.json"
    monkeypatch.setenv(sessionfile.ENV, str(path))
    write(path, timedelta(hours=1), START)
    assert "Simulated" in str(gpu.status())
    assert "Saving begins at" in gpu.status()._repr_html_()
