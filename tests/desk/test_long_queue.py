"""150 people in line neither slow nor refuse a start on CPU, and the line before each of them moves on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from maia_hub.core.bookings import BookingEvent
from maia_hub.core.ids import DEFAULT_PROJECT, DEFAULT_SERVER, UserName
from maia_hub.core.leases import GrantKind
from maia_hub.desk import Grant
from tests.desk.office import ADA, BOSS, Office

MANY = 150
WAIT = "wait:a6000"


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    """Collect what the database is asked."""
    asked: list[str] = []

    def note(*said: object) -> None:
        asked.append(str(said[2]))

    engine = office.store._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def start(office: Office, user: str, choice: str) -> Grant:
    given = office.desk.grant(UserName(user), DEFAULT_SERVER, DEFAULT_PROJECT, choice, office.now)
    assert isinstance(given, Grant)
    return given


def in_line(office: Office, n: int) -> list[Grant]:
    return [start(office, f"user-{number:03}", WAIT) for number in range(n)]


def test_a_start_on_cpu_asks_the_database_the_same_however_many_wait(office: Office) -> None:
    office.book(BOSS, 0, 60, gpus=2)
    with statements(office) as alone:
        assert start(office, "first", "cpu").kind is GrantKind.CPU
    granted = in_line(office, MANY)
    assert {grant.kind for grant in granted} == {GrantKind.CPU}
    assert [grant.place for grant in granted] == list(range(1, MANY + 1))
    with statements(office) as among_many:
        assert start(office, "last", "cpu").kind is GrantKind.CPU
    assert among_many == alone
    assert not any("waiters" in statement for statement in among_many)


def test_who_joins_a_long_line_asks_the_database_no_more_than_who_joins_a_short_one(office: Office) -> None:
    office.book(BOSS, 0, 60, gpus=2)
    with statements(office) as short:
        start(office, "first", WAIT)
    in_line(office, MANY)
    with statements(office) as long:
        start(office, "last", WAIT)
    assert long == short


def test_a_look_at_a_long_line_in_which_nothing_changes_asks_no_more_than_at_a_short_one(
    office: Office,
) -> None:
    office.book(BOSS, 0, 60, gpus=2)
    in_line(office, 1)
    office.desk.tick(office.now)
    with statements(office) as short:
        office.desk.tick(office.now)
    in_line(office, MANY)
    with statements(office) as long:
        office.desk.tick(office.now)
    assert len(long) <= len(short)


def test_two_gpus_are_offered_to_the_first_two_of_many(office: Office) -> None:
    booking = office.book(BOSS, 0, 60, gpus=2)
    in_line(office, MANY)
    office.desk.end(BOSS, booking.id, BookingEvent.CANCEL, "", office.now)
    office.desk.tick(office.now)
    offered = [event.user for event in office.events if event.action == "queue.offered"]
    assert offered == ["user-000", "user-001"]
    assert office.start(ADA, "idle:a6000").kind is GrantKind.CPU
