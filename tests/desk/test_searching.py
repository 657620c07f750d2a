"""The audit log is searched by person, project, thing, kind, time and text; pages put together are the whole."""

from __future__ import annotations

import pytest

from maia_hub.core.bookings import BookingEvent
from maia_hub.core.ids import ProjectId
from maia_hub.core.projects import Role
from maia_hub.desk import Actor, Asked, Event, Search
from tests.desk.office import ADA, BEN, BOSS, Office

VISION = Actor(ADA.user, projects={ProjectId("vision"): frozenset({Role.MEMBER})})


@pytest.fixture
def told(office: Office) -> Office:
    """Ada books for vision, ben for the default project; an hour later the boss revokes ben's."""
    wish = office.asked(60, 120)
    office.desk.book(VISION, Asked(interval=wish.interval, gpus=1, project=ProjectId("vision")), office.now)
    booking = office.book(BEN, 180, 240)
    office.now = office.after(hours=1)
    office.desk.end(BOSS, booking.id, BookingEvent.REVOKE, "Power 100% off_x", office.now)
    return office


def found(office: Office, **search: object) -> list[Event]:
    return office.desk.audit(BOSS, office.now, search=Search(**search))  # type: ignore[arg-type]


def actions(office: Office, **search: object) -> list[str]:
    return [event.action for event in found(office, **search) if event.action.startswith("booking.")]


def test_each_part_of_a_search_finds_what_it_names(told: Office) -> None:
    every = actions(told)
    assert sorted(every) == ["booking.confirmed", "booking.confirmed", "booking.revoked"]
    assert actions(told, project="vision") == ["booking.confirmed"]
    assert actions(told, user="boss") == ["booking.revoked"]
    assert actions(told, user="ben") == ["booking.revoked", "booking.confirmed"]
    assert actions(told, action="booking.rev") == ["booking.revoked"]
    assert actions(told, since=told.after(minutes=30)) == ["booking.revoked"]
    assert actions(told, until=told.after(minutes=30)) == ["booking.confirmed", "booking.confirmed"]
    (event,) = found(told, text="power 100%")
    assert actions(told, subject=event.subject) == ["booking.revoked", "booking.confirmed"]
    assert actions(told, subject=event.subject[:13]) == ["booking.revoked", "booking.confirmed"]
    assert actions(told, user="ben", action="booking.", text="OFF_X") == ["booking.revoked"]


@pytest.mark.parametrize("text", ["power%off", "off-x", "%", "_", "' OR 1=1 --"])
def test_a_text_is_looked_for_as_it_is(told: Office, text: str) -> None:
    expected = ["booking.revoked"] if text in "Power 100% off_x" else []
    assert actions(told, text=text) == expected


def test_pages_of_a_search_for_a_person_are_the_whole(told: Office) -> None:
    for minute in range(5):
        told.book(BEN, 300 + 60 * minute, 330 + 60 * minute)
    whole = [event.id for event in found(told, user="ben")]
    pages: list[int] = []
    while page := told.desk.audit(
        BOSS, told.now, before=pages[-1] if pages else None, limit=2, search=Search(user="ben")
    ):
        pages += [event.id for event in page]
    assert pages == whole == sorted(whole, reverse=True)
