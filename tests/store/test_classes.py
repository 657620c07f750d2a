"""Classes in the database: who is in which group, on both kinds of database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.classes import Class, Group, holder, running, share
from maia_hub.core.ids import (
    NodeId,
    PoolId,
    ProjectId,
    UserName,
    new_booking_id,
    new_class_id,
    new_group_id,
)
from maia_hub.core.interval import Interval
from maia_hub.store import Store
from tests.store.raw import Raw

T0 = datetime(2026, 3, 2, 13, tzinfo=timezone.utc)
TOM, EVE, ADA, BEN = (UserName(name) for name in ("tom", "eve", "ada", "ben"))


def group(name: str, *members: UserName) -> Group:
    return Group(id=new_group_id(), name=name, members=members)


def made(*groups: Group) -> Class:
    return Class(
        id=new_class_id(),
        name="Deep learning",
        project=ProjectId("vision"),
        teacher=TOM,
        staff=(TOM,),
        groups=groups,
        pool=PoolId("p"),
        gpus=2,
        rule="FREQ=WEEKLY;COUNT=2",
        zone="Europe/Stockholm",
        skip=(date(2026, 12, 24),),
        created=T0,
    )


def booked(course: Class, of: Group) -> Booking:
    return Booking(
        id=new_booking_id(),
        user=holder(course.name, of.name),
        pool=course.pool,
        node=NodeId("a"),
        gpus=1,
        interval=Interval(T0, T0 + timedelta(hours=4)),
        state=BookingState.CONFIRMED,
        created=T0,
        project=course.project,
        group=of.id,
    )


@pytest.fixture
def store(db: Raw) -> Iterator[Store]:
    opened = Store(db.url)
    yield opened
    opened.close()


def test_a_class_is_read_as_it_was_written_and_found_by_its_people(store: Store) -> None:
    course = made(group("A", ADA, BEN), group("B", EVE))
    with store.write() as tx:
        tx.classes.put(course, T0)
    with store.read() as tx:
        assert tx.classes.get(course.id) == course == tx.classes.of_group(course.groups[1].id)
        assert [tx.classes.of_person(who) for who in (TOM, EVE, UserName("zoe"))] == [[course], [course], []]
        assert tx.classes.of_projects([ProjectId("vision")]) == tx.classes.of_projects(None) == [course]
        assert tx.classes.live() == []


def test_people_move_between_groups_and_a_removed_group_leaves_its_name_free(store: Store) -> None:
    course = made(group("A", ADA, BEN), group("B", EVE))
    moved = replace(course.groups[0], members=(ADA, EVE))
    later = replace(course, groups=(moved,), staff=(BEN, TOM), ended=T0)
    again = replace(later, groups=(moved, group("B", BEN)))
    for each in (course, later, again):
        with store.write() as tx:
            tx.classes.put(each, T0)
        with store.read() as tx:
            assert tx.classes.get(course.id) == each
    with store.read() as tx:
        assert tx.classes.of_group(course.groups[1].id) == again


def test_what_runs_is_told_group_by_group(store: Store) -> None:
    course = made(group("A", ADA, BEN), group("B", EVE))
    bookings = [booked(course, each) for each in course.groups]
    with store.write() as tx:
        tx.classes.put(course, T0)
        for booking in bookings:
            tx.bookings.add(booking)
    with store.read() as tx:
        assert set(tx.bookings.of_class(course.id)) == set(tx.bookings.live()) == set(bookings)
        (live,) = tx.classes.live()
        found = list(running([live], tx.bookings.live(), T0))
    assert {lesson.group.name: lesson.booking for lesson in found} == dict(zip("AB", bookings, strict=True))
    assert list(running([live], bookings, T0 - timedelta(hours=1))) == []


def test_a_group_shares_evenly_and_nobody_goes_without() -> None:
    two = replace(booked(made(), group("A")), gpus=2)
    assert [share(two, group("A", *"abc"[:n])) for n in (0, 1, 2, 3)] == [2, 2, 1, 1]
