"""A booking on PostgreSQL: two round trips for an ordinary one, and as many as it takes for every other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from maia_hub.core.bookings import Booking
from maia_hub.core.errors import Overbooked
from maia_hub.core.ids import DEFAULT_PROJECT
from maia_hub.core.projects import Project, Projects
from maia_hub.desk import Answer, Keyed
from maia_hub.store.database import Store
from maia_hub.store.decisions import _Line
from tests.desk.office import ADA, BEN, BOSS, EVE, Office, gpus
from tests.desk.test_placing import DAN, assert_two_changed_places, full_but_for_a_swap
from tests.postgres.server import Server


@pytest.fixture
def office(postgresql: Server) -> Iterator[Office]:
    made = Office(postgresql.database(), found=gpus(nodes=2))
    with closing(made):
        yield made


@pytest.fixture
def trips(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to the database by decisions, and that others write, from when all statements are known."""
    told: list[str] = []
    send, write = _Line.send, Store.write
    book(office, 0, 30)
    office.book(ADA, 30, 60)

    def tell(line: _Line, texts: Sequence[str]) -> list[list[Any]]:
        told.append("sent")
        return send(line, texts)

    def tell_of_write(store: Store) -> Any:
        told.append("write")
        return write(store)

    monkeypatch.setattr(_Line, "send", tell)
    monkeypatch.setattr(Store, "write", tell_of_write)
    return told


def book(office: Office, start: float, end: float, key: str = "key") -> Booking:
    """Book as a request with a key does."""
    made: list[Booking] = []

    def act() -> Answer:
        made.append(office.book(ADA, start, end))
        assert office.desk.pools(office.now)
        return Answer(201, str(made[0].id), {"ETag": '"1"'})

    keyed = Keyed(ADA.user, f"{key} {start}", "what is asked")
    office.desk.once(keyed, office.now, timedelta(hours=1), act, books=True)
    return made[-1]


def test_a_booking_with_a_key_and_one_without_are_two_round_trips(office: Office, trips: list[str]) -> None:
    assert office.desk.check(ADA, office.asked(60, 90), office.now).allowed  # and the calendar is up to date
    trips.clear()
    booked = book(office, 60, 90)
    assert trips == ["sent", "sent"]
    assert office.desk.check(EVE, office.asked(60, 90), office.now).allowed
    trips.clear()
    other = office.book(BEN, 60, 90)
    assert trips == ["sent", "sent"]
    found = {each.id: each for each in office.desk.bookings(ADA, office.now)}
    assert (found[booked.id], found[other.id]) == (booked, other)


def test_what_is_refused_is_written_nowhere(office: Office, trips: list[str]) -> None:
    office.book(BEN, 120, 180, 2)
    office.book(EVE, 120, 180, 2)
    before = office.desk.bookings(ADA, office.now)
    with pytest.raises(Overbooked):
        book(office, 150, 160)
    assert "write" not in trips
    assert office.desk.bookings(ADA, office.now) == before
    assert book(office, 180, 190, "another").interval.start == office.after(minutes=180)


def test_others_make_room_for_it(postgresql: Server) -> None:
    with closing(Office(postgresql.database(), found=gpus(nodes=2))) as office:
        before = full_but_for_a_swap(office)
        office.book(DAN, 240, 480)
        assert_two_changed_places(office, before)


def test_a_lent_gpu_goes_back_for_it(office: Office, trips: list[str]) -> None:
    for who in (BEN, EVE, DAN, BOSS):
        office.now = office.after(minutes=60)
        office.start(who, "idle:a6000")
    trips.clear()
    book(office, 100, 120)
    assert "write" in trips
    ends = sorted(str(lease.until) for lease in office.desk.live_leases(office.now))
    assert ends == ["2026-03-02 13:40:00+00:00", "None", "None", "None"]


def test_the_quota_of_its_project_is_one_more_question(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    projects = Projects(known={DEFAULT_PROJECT: Project(gpus=1)})
    with closing(Office(postgresql.database(), projects=projects)) as office:
        monkeypatch.setattr(Store, "write", lambda _: pytest.fail("it takes no other transaction"))
        office.book(ADA, 0, 60)
        assert [r.rule for r in office.desk.check(BEN, office.asked(30, 60), office.now).refusals]
