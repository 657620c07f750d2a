"""The record outlives kills, and of several processes one trains and one at a time decides."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from maia_hub.core.errors import InProgress, MaiaError, Unavailable
from maia_hub.monailabel.learning import rules
from maia_hub.monailabel.learning.record import Record
from maia_hub.monailabel.learning.rules import Policy, Wanted
from maia_hub.monailabel.learning.turns import KILLED, Turn, turn
from tests.monailabel.learning.labelling import NOON, SPLEEN, label, ticking
from tests.waiting import until

ALL = Policy(share=0)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """A record with two labels."""
    made = Record(tmp_path / "project" / "learning.sqlite")
    for number in range(2):
        made.change(lambda state, number=number: rules.submitted(state, label(number), NOON))  # type: ignore[misc]
    return made


def test_what_happened_is_there_for_the_next_process(record: Record, tmp_path: Path) -> None:
    path = tmp_path / "project" / "learning.sqlite"
    state = record.change(lambda state: rules.start(state, Wanted("a", SPLEEN, {"epochs": "3"}), ALL, NOON))
    assert Record(path).state() == state
    assert [each.kind for each in Record(path).events()] == ["submitted", "submitted", "started"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_rule_that_says_no_changes_nothing(record: Record) -> None:
    before = record.state()
    with pytest.raises(MaiaError):
        record.change(lambda state: rules.promoted(state, SPLEEN, 1, "ada", "", NOON))
    assert record.state() == before


def test_of_many_who_start_at_once_one_does(record: Record, tmp_path: Path) -> None:
    def begin(number: int) -> bool:
        own = Record(tmp_path / "project" / "learning.sqlite")
        wanted = Wanted(f"t{number}", SPLEEN, {}, "ada")
        try:
            own.change(lambda state: rules.start(state, wanted, ALL, NOON))
        except InProgress:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begin, range(8))) == 1


def test_a_file_of_a_newer_version_or_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "learning.sqlite"
    Record(path)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=9")
    db.close()
    with pytest.raises(Unavailable, match="newer version"):
        Record(path)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=1")
        db.execute("""INSERT INTO events (body) VALUES ('{"kind": "unheard of"}')""")
    db.close()
    with pytest.raises(Unavailable, match="something unknown"):
        Record(path).state()
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"no database at all" * 100)
    with pytest.raises(Unavailable, match="cannot be used"):
        Record(other)


def test_a_training_that_ends_makes_a_version_that_is_used(record: Record) -> None:
    with turn(record, SPLEEN, {}, ticking(), ALL) as taken:
        assert isinstance(taken, Turn)
        assert [each.label for each in taken.training.train.labels] == ["1.3.0", "1.3.1"]
        taken.end("/models/1.pt", 0.8)
    used = record.state().used(SPLEEN)
    assert used is not None
    assert (used.number, used.artifact, used.score) == (1, "/models/1.pt", 0.8)
    with turn(record, SPLEEN, {}, ticking(), ALL) as again:
        assert again == "segmentation_spleen does not learn now: no new labels."


def test_one_that_is_stopped_goes_on_where_it_was(record: Record) -> None:
    with turn(record, SPLEEN, {}, ticking(), ALL) as first:
        assert isinstance(first, Turn)
        first.interrupt("the booking ends")
    assert record.state().training(first.training.id).why == "the booking ends"
    with turn(record, SPLEEN, {}, ticking(), ALL) as second:
        assert isinstance(second, Turn)
        assert (second.training.id, second.resumed) == (first.training.id, True)


def test_one_that_breaks_has_failed_and_one_that_is_cancelled_has_not(record: Record) -> None:
    with pytest.raises(KeyboardInterrupt), turn(record, SPLEEN, {}, ticking(), ALL) as first:
        raise KeyboardInterrupt
    assert isinstance(first, Turn)
    assert record.state().training(first.training.id).state == "interrupted"
    with pytest.raises(ZeroDivisionError), turn(record, SPLEEN, {}, ticking(), ALL) as second:
        raise ZeroDivisionError("a loss")
    training = record.state().training(first.training.id)
    assert (training.state, training.why) == ("failed", "ZeroDivisionError: a loss")
    assert isinstance(second, Turn)


_TRAINS = """
import sys, time
from datetime import datetime, timezone
from pathlib import Path
from maia_hub.monailabel.learning.record import Record
from maia_hub.monailabel.learning.rules import Policy
from maia_hub.monailabel.learning.turns import turn

now = lambda: datetime.now(timezone.utc)
with turn(Record(Path(sys.argv[1])), "segmentation_spleen", {}, now, Policy(share=0)) as taken:
    print(taken.training.id, taken.resumed, flush=True)
    time.sleep(600)
"""


@pytest.mark.asyncio
async def test_one_whose_process_is_killed_is_known_and_resumed(record: Record, tmp_path: Path) -> None:
    path = tmp_path / "project" / "learning.sqlite"
    command = [sys.executable, "-c", _TRAINS, str(path)]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        name, was_resumed = (await process.stdout.readline()).decode().split()
        with turn(record, SPLEEN, {}, ticking(), ALL) as other:
            assert other == "another process trains"
    finally:
        process.kill()
        await process.wait()
    running = record.state().running()
    assert running is not None
    assert (running.id, was_resumed) == (name, "False")

    def free() -> bool:
        with record.turn() as ours:
            return ours

    await until(free, "the end of the lock")
    with turn(record, SPLEEN, {}, ticking(), ALL) as taken:
        assert isinstance(taken, Turn)
        assert (taken.training.id, taken.resumed) == (name, True)
    moves = [(each.move, each.why) for each in record.events() if each.kind == "moved"]
    assert moves[:2] == [("interrupted", KILLED), ("resumed", "")]
