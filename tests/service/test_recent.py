"""A sign-in is remembered for a moment, and for no longer than that or than it lasts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from maia_hub.core.ids import UserName
from maia_hub.desk import WebSession
from maia_hub.service import recent
from maia_hub.service.recent import RecentSignIns

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
AGE = timedelta(seconds=10)


def session(digest: str = "a") -> WebSession:
    return WebSession(
        digest=digest,
        user=UserName("ada"),
        admin=False,
        groups=(),
        hub_token="none",
        created=NOW,
        seen=NOW,
        expires=NOW + timedelta(days=1),
    )


def test_it_is_remembered_for_its_age_whichever_way_the_clock_goes() -> None:
    known = RecentSignIns(AGE)
    known.put(session(), NOW, known.drops)
    assert known.get("a", NOW + AGE * 0.9) == session()
    assert known.get("a", NOW + AGE) is None
    assert known.get("a", NOW - AGE) is None
    assert known.get("b", NOW) is None


def test_what_was_dropped_is_forgotten_at_once() -> None:
    known = RecentSignIns(AGE)
    known.put(session(), NOW, known.drops)
    known.drop("a")
    assert known.get("a", NOW) is None


def test_what_was_looked_up_while_it_was_ended_is_not_remembered() -> None:
    known = RecentSignIns(AGE)
    before = known.drops
    known.drop("a")
    known.put(session(), NOW, before)
    assert known.get("a", NOW) is None


def test_no_more_are_remembered_than_there_is_room_for() -> None:
    known = RecentSignIns(AGE)
    for number in range(recent.MOST + 1):
        known.put(session(str(number)), NOW, known.drops)
    assert known.get("0", NOW) is None
    assert known.get(str(recent.MOST), NOW) is not None
