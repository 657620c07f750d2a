"""What is known of people is kept as long as a site says and no longer; sums stay, names do not."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from maia_hub.core.feeds import FeedKind
from maia_hub.core.ids import DEFAULT_PROJECT, ServerName, UserName
from maia_hub.core.reports import Days, Group
from maia_hub.core.retention import FORMER
from maia_hub.desk import Actor, ClassWish, Search
from maia_hub.reconcile import Retention
from maia_hub.service.sites import SiteSettings
from maia_hub.store.tables import metadata
from tests.desk.office import BEN, BOSS, NOON, Office

ZOE = Actor(UserName("zoe"))
"""Her name is in no identifier by chance: they are hexadecimal."""
KEEP = timedelta(days=60)
YEAR = Days(date(2026, 1, 1), date(2026, 12, 31))


def names(office: Office) -> set[str]:
    """Return every name that stands anywhere in the database, whatever it is in."""
    found: set[str] = set()
    with office.store.read() as tx:
        for table in metadata.sorted_tables:
            for row in tx.connection.execute(select(table)):
                found |= {who for who in ("zoe", "ben") if any(who in str(value) for value in row)}
    return found


def used(office: Office) -> None:
    """Let Zoe book and use a GPU, and be told so; and be reachable."""
    office.book(ZOE, 0, 60)
    office.desk.add_feed(ZOE, FeedKind.OWN, "", "0" * 64, office.now)
    office.desk.choose_notices(ZOE, office.now, zone="Europe/Stockholm")
    grant = office.start(ZOE, server=ServerName("zoes-thesis"))
    office.go(minutes=30)
    office.stop(grant.id)
    office.go(minutes=70)


def test_what_was_over_for_too_long_has_no_name_any_more_and_sums_stay(office: Office) -> None:
    used(office)
    before = office.desk.report(BOSS, YEAR, [Group.PROJECT, Group.MONTH], office.now)
    assert before.total.used > 0
    now = office.go(days=59)
    assert office.desk.forget(KEEP, now)[0].counts == {}
    assert names(office) == {"zoe"}
    now = office.go(days=62)
    counts = office.desk.forget(KEEP, now)[0].counts
    assert {"bookings": 1, "leases": 1, "contacts": 1, "feeds": 1}.items() <= counts.items()
    assert names(office) == set()
    after = office.desk.report(BOSS, YEAR, [Group.PROJECT, Group.MONTH], now)
    assert after.lines == before.lines
    (line,) = office.desk.report(BOSS, YEAR, [Group.USER], now).lines
    assert line.user == FORMER
    (event,) = office.desk.audit(BOSS, now, limit=1)
    assert (event.action, event.after) == ("retention.forgotten", counts)
    assert office.desk.forget(KEEP, now)[0].counts == {}


def test_what_goes_on_is_kept_however_long_ago_it_was_begun(office: Office) -> None:
    office.desk.add_feed(BEN, FeedKind.OWN, "", "1" * 64, office.now)
    booking = office.book(BEN, 0, 100 * 24 * 60)
    grant = office.start(BEN)
    now = office.go(days=90)
    office.desk.forget(KEEP, now)
    assert names(office) == {"ben"}
    assert office.desk.booking(booking.id, now).user == BEN.user
    assert [lease.id for lease in office.desk.live_leases(now)] == [grant.id]
    assert len(office.desk.feeds(BEN, now)) == 1
    assert [e.action for e in office.desk.audit(BOSS, now, search=Search(user="ben"))][-1].startswith(
        "booking."
    )
    office.go(days=91)
    assert [e.action for e in office.events].count("booking.begun") <= 1


def test_many_events_go_in_steps_and_the_loop_takes_them_all(office: Office) -> None:
    used(office)
    now = office.go(days=62)
    _, more = office.desk.forget(KEEP, now, most=1)
    assert more
    asyncio.run(Retention(office.desk, lambda: now, KEEP).look(KEEP))
    assert names(office) == set()
    events = metadata.tables["events"]
    with office.store.read() as tx:
        oldest = tx.connection.scalar(select(func.min(events.c.at)))
    assert oldest is None or oldest >= now - KEEP


def test_a_site_that_says_nothing_keeps_everything(office: Office) -> None:
    used(office)
    now = office.go(days=4000)
    asyncio.run(asyncio.wait_for(Retention(office.desk, lambda: now, None).run(), 5))
    assert names(office) == {"zoe"}
    assert now > NOON


@pytest.mark.parametrize("days", [0, 34])
def test_no_site_forgets_what_its_rules_still_look_at(days: int) -> None:
    assert SiteSettings(retention_days=35).keep == timedelta(days=35)
    assert SiteSettings().keep is None
    with pytest.raises(ValidationError, match="35"):
        SiteSettings(retention_days=days)


def test_a_class_is_forgotten_with_its_list_when_its_last_date_was_over_for_too_long(office: Office) -> None:
    asked = office.asked(60, 120)
    wish = ClassWish(
        name="Deep learning",
        project=DEFAULT_PROJECT,
        pool=office.desk.pools(office.now)[0].id,
        gpus=1,
        first=asked.interval,
        rule="FREQ=WEEKLY;COUNT=2",
        zone="UTC",
        roster="A,zoe\nB,ben\n",
        staff=(ZOE.user,),
    )
    made = office.desk.make_class(BOSS, wish, office.now).course
    office.desk.forget(KEEP, office.go(days=61))
    assert office.desk.class_(BOSS, made.id, office.now).course == made
    office.go(days=70)
    office.desk.forget(KEEP, office.now)
    assert (names(office), office.desk.classes(BOSS, office.now)) == (set(), [])


def test_what_was_shared_is_forgotten_when_its_end_was_too_long_ago(office: Office) -> None:
    office.start(BEN, server=ServerName("bens"))
    until = office.now + timedelta(days=5)
    share = office.desk.share_tool(BEN, ServerName("bens"), "spleen", ZOE, until, office.now)
    office.desk.tell_word(BEN, ServerName("bens"), "spleen", "w" * 43, office.now)
    now = office.go(days=64)
    office.desk.forget(KEEP, now)
    assert "zoe" in names(office)
    now = office.go(days=66)
    office.desk.forget(KEEP, now)
    assert "zoe" not in names(office)
    with office.store.read() as tx:
        assert tx.tool_shares.get(share.id) is None
        assert tx.tool_shares.word(BEN.user, ServerName("bens"), "spleen") is None
