"""A booking that nobody uses goes back to the calendar: its owner is warned, and is never blamed for the platform."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import URL

from maia_hub.core.bookings import EndCause
from maia_hub.core.gpus import Trouble
from maia_hub.core.policy import Policy
from tests.desk.office import ADA, BEN, NOON, Office, gpus

POLICY = Policy(name="p", no_show_after=timedelta(minutes=30), no_show_warning=timedelta(minutes=10))


@pytest.fixture
def strict(where: URL) -> Iterator[Office]:
    made = Office(where, policy=POLICY, found=gpus(each=1))
    yield made
    made.close()


def test_its_owner_is_warned_then_it_is_released_and_others_can_book(strict: Office) -> None:
    booking = strict.book(ADA, 0, 120)
    strict.go(minutes=19)
    assert strict.desk.due(strict.now).next_at == strict.after(minutes=20)
    strict.go(minutes=20)
    (notice,) = strict.desk.state(ADA.user, strict.now).notices
    assert (notice.kind, notice.title) == ("unused", "Nobody uses your booking")
    assert "2026-03-02 12:30 UTC" in notice.message
    assert strict.desk.due(strict.now).next_at == strict.after(minutes=30)
    strict.go(minutes=25)
    assert strict.notices(ADA) == ["unused"]
    strict.go(minutes=30)
    assert strict.desk.booking(booking.id, strict.now).cause is EndCause.NO_SHOW
    (notice,) = strict.desk.state(ADA.user, strict.now).notices
    assert (notice.kind, notice.title) == ("info", "Your booking was released")
    strict.book(BEN, 31, 120)


def test_whoever_uses_it_in_time_keeps_it_and_the_warning_goes(strict: Office) -> None:
    booking = strict.book(ADA, 0, 120)
    strict.go(minutes=20)
    grant = strict.start(ADA)
    strict.go(minutes=21)
    assert strict.notices(ADA) == []
    strict.stop(grant.id)
    strict.go(minutes=90)
    assert strict.desk.booking(booking.id, strict.now).live


def test_a_service_that_was_down_warns_first(strict: Office) -> None:
    booking = strict.book(ADA, 0, 120)
    strict.go(minutes=60)
    assert strict.notices(ADA) == ["unused"]
    strict.go(minutes=69)
    assert strict.desk.booking(booking.id, strict.now).live
    strict.go(minutes=70)
    assert strict.desk.booking(booking.id, strict.now).cause is EndCause.NO_SHOW


def test_while_the_platform_has_no_gpu_for_it_no_time_counts(strict: Office) -> None:
    booking = strict.book(ADA, 0, 300)
    strict.go(minutes=20)
    node = strict.found[0].node
    trouble = [Trouble(node, "it does not answer", away=False)]
    strict.desk.sync_inventory(strict.found, strict.now, trouble)
    strict.go(minutes=60)
    assert "unused" not in strict.notices(ADA)
    assert strict.desk.booking(booking.id, strict.now).live
    strict.desk.sync_inventory(strict.found, strict.now)
    strict.go(minutes=61)
    assert "unused" in strict.notices(ADA)
    strict.go(minutes=70)
    assert strict.desk.booking(booking.id, strict.now).live
    strict.go(minutes=71)
    assert strict.desk.booking(booking.id, strict.now).cause is EndCause.NO_SHOW


def test_while_another_one_still_holds_its_gpu_no_time_counts(strict: Office) -> None:
    strict.book(BEN, 0, 10)
    strict.start(BEN)
    booking = strict.book(ADA, 10, 300)
    strict.go(minutes=100)  # its process would not end
    assert strict.desk.booking(booking.id, strict.now).live
    assert "unused" not in strict.notices(ADA)


def test_without_a_limit_nothing_is_released(office: Office) -> None:
    booking = office.book(ADA, 0, 120)
    office.go(minutes=119)
    assert office.desk.booking(booking.id, office.now).live
    assert office.now > NOON
