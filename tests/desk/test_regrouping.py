"""What a change of groups would do is told as it is done afterwards, and nothing changes before."""

from __future__ import annotations

import pytest

from maia_hub.core.errors import Conflict, Forbidden, NotFound
from maia_hub.desk import ClassPreview
from tests.desk.office import ADA, BEN, EVE, Office
from tests.desk.test_classes import KIM, TOM, WEEK, made


def nodes(preview: ClassPreview) -> list[list[str]]:
    """Return whose bookings each date would have, and where."""
    return [
        sorted(f"{b.user.rpartition(' / ')[2]} {b.node}" for b in date.bookings) for date in preview.dates
    ]


def test_each_date_to_come_is_told_as_the_change_makes_it(office: Office) -> None:
    view = made(office)
    before = len(office.events)
    preview = office.desk.check_change(TOM, view.course.id, "A,ada\nA,ben\nC,eve\n", office.now)
    assert [name for name, _ in preview.groups] == ["A", "C"]
    assert [date.occurrence.said for date in preview.dates] == ["Group B loses it."] * 3
    assert len(office.events) == before
    after = office.desk.change_class(TOM, view.course.id, "A,ada\nA,ben\nC,eve\n", None, office.now)
    live = [b for b in after.bookings if b.live]
    assert nodes(preview) == [
        sorted(
            f"{b.user.rpartition(' / ')[2]} {b.node}" for b in live if b.interval == date.occurrence.interval
        )
        for date in preview.dates
    ]
    assert nodes(preview)[0] == ["A a6000-0", "C a6000-0"]


def test_dates_on_which_a_new_group_finds_no_gpu_are_named(office: Office) -> None:
    view = made(office, roster="A,ada\n")
    office.book(BEN, WEEK + 60, WEEK + 120)
    preview = office.desk.check_change(TOM, view.course.id, "A,ada\nB,eve\n", office.now)
    assert [date.error is None for date in preview.dates] == [True, False, True]
    assert office.desk.check_change(TOM, view.course.id, "A,ada\nB\n", office.now).dates == ()


def test_who_would_give_a_gpu_back_now_is_named(office: Office) -> None:
    view = made(office)
    office.go(minutes=61)
    office.start(EVE)
    preview = office.desk.check_change(TOM, view.course.id, "A,ada\nA,eve\nB,ben\n", office.now)
    assert [date.occurrence.said for date in preview.dates] == ["eve gives the GPU back.", "", ""]
    preview = office.desk.check_change(TOM, view.course.id, "A,ada\nA,eve\n", office.now)
    assert preview.dates[0].occurrence.said == "Group B loses it. eve gives the GPU back."


def test_staff_may_look_what_a_change_would_do_and_students_and_others_may_not(office: Office) -> None:
    view = made(office)
    assert office.desk.check_change(KIM, view.course.id, "A,ada\n", office.now).dates
    with pytest.raises(Forbidden):
        office.desk.change_class(KIM, view.course.id, "A,ada\n", None, office.now)
    with pytest.raises(Forbidden):
        office.desk.check_change(ADA, view.course.id, "A,ada\n", office.now)
    office.desk.end_class(TOM, view.course.id, "", office.now)
    with pytest.raises(Conflict, match="has ended"):
        office.desk.check_change(TOM, view.course.id, "A,ada\n", office.now)
    view = made(office, name="Another")
    office.desk.change_class(TOM, view.course.id, "A,ada\n", None, office.now)
    with pytest.raises(NotFound):
        office.desk.check_change(BEN, view.course.id, "A,ada\n", office.now)
