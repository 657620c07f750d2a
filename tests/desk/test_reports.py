"""Reports count what was booked, used and left idle: in any zone, by any group, for those who may see it."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import astuple, replace
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from maia_hub.core.accounting import account
from maia_hub.core.errors import Forbidden, MaiaError
from maia_hub.core.ids import DEFAULT_PROJECT, ProjectId
from maia_hub.core.projects import Role
from maia_hub.core.reports import Days, Group, Line
from maia_hub.desk import Actor
from tests.desk.lessons import course
from tests.desk.office import ADA, BEN, BOSS, NOON, Office

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ALL = tuple(Group)
LEAD = Actor(BEN.user, projects={DEFAULT_PROJECT: frozenset({Role.MEMBER, Role.LEAD})})
MARCH = Days(date(2026, 3, 1), date(2026, 3, 31))


def booked(line: Line) -> tuple[str | None, object]:
    return line.month, pytest.approx(line.hours.booked, abs=1e-5)


def test_whoever_asks_sees_her_own_hours_a_lead_her_projects_an_administrator_all(office: Office) -> None:
    office.book(ADA, 0, 60)
    office.book(BEN, 0, 120)
    office.go(hours=3)
    for actor, seen in ((ADA, ["ada"]), (BEN, ["ben"]), (LEAD, ["ada", "ben"]), (BOSS, ["ada", "ben"])):
        found = office.desk.report(actor, MARCH, [Group.USER], office.now)
        assert [line.user for line in found.lines] == seen
    assert [line.user for line in office.desk.report(LEAD, MARCH, ALL, office.now, mine=True).lines] == [
        "ben"
    ]
    assert office.desk.report(ADA, MARCH, [], office.now).total.booked == pytest.approx(1, abs=1e-5)
    assert office.desk.report(BOSS, MARCH, ALL, office.now, project=ProjectId("other")).lines == ()
    with pytest.raises(Forbidden, match="not in the project"):
        office.desk.report(ADA, MARCH, ALL, office.now, project=ProjectId("other"))


def test_a_server_that_runs_counts_up_to_now_and_what_it_does_not_hold_is_idle(office: Office) -> None:
    office.book(ADA, 0, 240, gpus=2)
    office.go(minutes=30)
    office.start(ADA)
    office.go(minutes=90)
    (line,) = office.desk.report(ADA, MARCH, ALL, office.now).lines
    assert (line.product, line.month) == ("A6000", "2026-03")
    assert line.hours.booked == pytest.approx(3, abs=1e-5)
    assert line.hours.used == pytest.approx(2, abs=1e-5)
    assert line.hours.idle == pytest.approx(1, abs=1e-5)


def test_a_lent_gpu_is_used_without_being_booked(office: Office) -> None:
    office.start(ADA, "idle:a6000")
    office.go(hours=2)
    (line,) = office.desk.report(ADA, MARCH, [Group.PRODUCT], office.now).lines
    assert (line.hours.booked, line.hours.idle) == (0, 0)
    assert line.hours.used == pytest.approx(2, abs=1e-5)


def test_what_a_member_uses_of_her_groups_booking_is_hers_and_the_group_was_not_idle(office: Office) -> None:
    course(office, ADA.user)
    office.start(ADA)
    office.go(hours=2)
    for actor in (BOSS, LEAD):
        found = office.desk.report(actor, MARCH, ALL, office.now).lines
        hours = {line.user: (line.hours.booked, line.hours.used, line.hours.idle) for line in found}
        assert hours == {
            "Deep learning / A": pytest.approx((2, 0, 0), abs=1e-5),
            "ada": pytest.approx((0, 2, 0), abs=1e-5),
        }


def test_months_begin_at_midnight_in_the_zone_over_a_change_of_the_clocks(office: Office) -> None:
    begin = datetime(
        2026, 3, 31, 20, tzinfo=timezone.utc
    )  # 22:00 in Stockholm, where it is summer since the 29th
    minutes = (begin - NOON) / timedelta(minutes=1)
    office.book(ADA, minutes, minutes + 240)
    night = (datetime(2026, 3, 29, 0, tzinfo=timezone.utc) - NOON) / timedelta(minutes=1)
    office.book(BEN, night - 60, night + 22 * 60)  # 0:00 to 24:00 in Stockholm, 23 hours
    office.go(days=60)
    spring = Days(date(2026, 3, 1), date(2026, 4, 30), STOCKHOLM)
    lines = office.desk.report(ADA, spring, [Group.MONTH], office.now).lines
    assert [booked(line) for line in lines] == [("2026-03", 2), ("2026-04", 2)]
    lines = office.desk.report(ADA, Days(spring.first, spring.last), [Group.MONTH], office.now).lines
    assert [booked(line) for line in lines] == [("2026-03", 4)]
    day = Days(date(2026, 3, 29), date(2026, 3, 29), STOCKHOLM)
    assert office.desk.report(BEN, day, [], office.now).total.booked == pytest.approx(23, abs=1e-5)


def test_sums_are_those_of_the_accounting_however_they_are_grouped(office: Office) -> None:
    chance = random.Random(5)
    for _ in range(40):
        start = chance.randrange(0, 60 * 24 * 50, 7)
        with suppress(MaiaError):  # she has another one then, or there is no GPU left
            office.book(chance.choice([ADA, BEN]), start, start + 200)
    for day in range(0, 50, 5):
        office.go(days=day)
        with suppress(AssertionError):  # all are booked
            lent = office.start(ADA, "idle:a6000")
            office.go(days=day, hours=chance.random())
            office.stop(lent.id)
    now = office.go(days=48, hours=3)
    days = Days(date(2026, 3, 1), date(2026, 4, 30), STOCKHOLM)
    with office.store.read() as tx:
        every = account(
            tx.bookings.within(days.interval), tx.leases.within(days.interval), days.interval, now
        )
    for by in (ALL, (Group.USER,), (Group.PRODUCT, Group.MONTH), ()):
        found = office.desk.report(BOSS, days, by, now)
        total = found.total
        for line, other in zip(
            found.lines, office.desk.report(LEAD, days, by, now).lines, strict=True
        ):  # who may not see all is answered by other questions
            assert replace(line, hours=other.hours) == other
            assert astuple(line.hours) == pytest.approx(astuple(other.hours), abs=1e-5)
        for name in ("booked", "used", "idle"):
            assert getattr(total, name) == pytest.approx(sum(getattr(a, name) for a in every), abs=1e-3)
