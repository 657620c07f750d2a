"""Who looks after the waiting list: administrators see all wishes and remove one; who left her project gets nothing."""

from __future__ import annotations

import pytest

from maia_hub.core.errors import Conflict, Forbidden, NotFound
from maia_hub.core.ids import new_wish_id
from maia_hub.desk import WishPage
from tests.desk.office import ADA, BEN, BOSS, EVE, Office
from tests.desk.test_waitlist import LATE, cancel, live, state, wish, wishes

WHY = "the machine is needed for the course"


def actions(office: Office, who: str) -> list[str]:
    return [event.action for event in office.events if event.user == who]


def test_an_administrator_sees_everybodys_wishes_in_pages(office: Office) -> None:
    office.book(BOSS, LATE, LATE + 240, gpus=2)
    made = []
    for minutes, who in enumerate((ADA, BEN, EVE)):
        office.now = office.after(minutes=minutes)
        made.append(wish(office, who).wish)
    first = office.desk.all_wishes(BOSS, office.now, WishPage(2))
    assert [(each.wish.user, each.place) for each in first] == [("ada", 1), ("ben", 2)]
    last = first[-1].wish
    (rest,) = office.desk.all_wishes(BOSS, office.now, WishPage(2, after=(last.since, last.id)))
    assert rest.wish == made[-1]
    (bens,) = office.desk.all_wishes(BOSS, office.now, WishPage(9, user="ben"))
    assert bens.wish.user == "ben"
    assert office.desk.all_wishes(BOSS, office.now, WishPage(9, project="vision")) == []
    with pytest.raises(Forbidden):
        office.desk.all_wishes(ADA, office.now, WishPage(9))


def test_a_removed_wish_is_told_with_the_reason_and_recorded(office: Office) -> None:
    taken = office.book(BOSS, LATE, LATE + 240, gpus=2)
    mine = wish(office, ADA).wish
    with pytest.raises(Forbidden):
        office.desk.remove_wish(BEN, mine.id, WHY, office.now)
    with pytest.raises(NotFound):
        office.desk.remove_wish(BOSS, new_wish_id(), WHY, office.now)
    office.desk.remove_wish(BOSS, mine.id, WHY, office.now)
    (seen,) = wishes(office, ADA)
    assert (seen.wish.state.value, seen.wish.reason) == ("withdrawn", WHY)
    (notice,) = office.desk.state(ADA.user, office.now).notices
    assert WHY in notice.message
    event = office.events[-1]
    assert (event.actor, event.action, event.reason, event.user) == ("boss", "wish.removed", WHY, "ada")
    with pytest.raises(Conflict, match="not on the waiting list"):
        office.desk.remove_wish(BOSS, mine.id, WHY, office.now)
    cancel(office, taken)
    assert live(office, ADA) == []


def test_what_was_offered_for_a_removed_wish_goes_to_the_next(office: Office) -> None:
    taken = office.book(BOSS, 30, 90, gpus=2)
    mine = wish(office, ADA, 30, 90).wish
    office.now = office.after(minutes=1)
    wish(office, BEN, 30, 90)
    cancel(office, taken)
    assert (state(office, ADA), state(office, BEN)) == ("offered", "waiting")
    office.desk.remove_wish(BOSS, mine.id, WHY, office.now)
    assert (state(office, ADA), state(office, BEN)) == ("withdrawn", "offered")


@pytest.mark.parametrize(("start", "left"), [(LATE, "served"), (30, "withdrawn")])
def test_who_has_left_her_project_loses_what_she_was_given_to_the_next(
    office: Office, start: int, left: str
) -> None:
    taken = office.book(BOSS, start, start + 240, gpus=2)
    wish(office, ADA, start, start + 240)
    office.now = office.after(minutes=1)
    wish(office, BEN, start, start + 240)
    assert office.desk.promoted(office.now) == []
    cancel(office, taken)
    (promotion,) = office.desk.promoted(office.now)
    assert promotion.user == "ada"
    office.desk.confirm_promotion(promotion, office.now, member=False)
    assert live(office, ADA) == []
    assert (state(office, ADA), len(live(office, BEN))) == (left, 1)
    assert any(
        "no longer in the project" in n.message for n in office.desk.state(ADA.user, office.now).notices
    )
    (second,) = office.desk.promoted(office.now)
    office.desk.confirm_promotion(second, office.now, member=True)
    office.desk.confirm_promotion(second, office.now, member=False)
    assert office.desk.promoted(office.now) == []
    assert len(live(office, BEN)) == 1
    assert "wish.member" in actions(office, "ben")
