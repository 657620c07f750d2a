"""The name of a version says what changed since."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.ids import NodeId, PoolId, UserName, new_booking_id
from maia_hub.core.interval import Interval
from maia_hub.core.versions import Change, changes_since, version_of

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
BOOKING = Booking(
    id=new_booking_id(),
    user=UserName("ada"),
    pool=PoolId("a6000"),
    node=NodeId("a"),
    gpus=1,
    interval=Interval(NOON, NOON + HOUR),
    state=BookingState.CONFIRMED,
    created=NOON,
)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        (BOOKING, []),
        (replace(BOOKING, node=NodeId("b"), state=BookingState.ACTIVE, first_used=NOON), []),
        (
            replace(BOOKING, interval=Interval(NOON, NOON + 2 * HOUR)),
            [Change("end", "2026-03-02T13:00:00+00:00", "2026-03-02T14:00:00+00:00")],
        ),
        (replace(BOOKING, gpus=2, note="x"), [Change("gpus", "1", "2"), Change("note", "", "")]),
        (advance(BOOKING, BookingEvent.CANCEL, NOON), [Change("state", "live", "ended")]),
    ],
)
def test_it_tells_what_an_edit_is_about(changed: Booking, found: list[Change]) -> None:
    assert changes_since(version_of(BOOKING), changed) == found
    assert (version_of(changed) == version_of(BOOKING)) is (found == [])


@pytest.mark.parametrize(
    "name", ["", "x", ".....", "1.2.3.4.5.6.7", "zz.zz.z.z.z.z", "f" * 99 + ".0.1.0.0.live"]
)
def test_a_name_that_is_none_is_no_error(name: str) -> None:
    changes = changes_since(name, BOOKING)
    assert changes is None or {each.field for each in changes} <= {
        "start",
        "end",
        "gpus",
        "note",
        "user",
        "state",
    }
