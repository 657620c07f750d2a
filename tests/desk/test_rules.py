"""Administrators change rules while all goes on; two of them do not undo one another's change unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from maia_hub.core.amendments import SITE, Amendment, Kind
from maia_hub.core.bookings import BookingEvent
from maia_hub.core.errors import ChangedMeanwhile, Forbidden, InvalidInput, Refused
from maia_hub.core.ids import DEFAULT_PROJECT, ProjectId
from maia_hub.core.policy import Policy
from maia_hub.core.projects import Project
from tests.desk.office import ADA, BEN, BOSS, NOON, Office

SHORT = Policy(name="short", max_duration=timedelta(hours=1))


def change(terms: Policy | Project | None, project: ProjectId = SITE, kind: Kind | None = None) -> Amendment:
    kind = kind or (Kind.QUOTAS if isinstance(terms, Project) else Kind.POLICY)
    return Amendment(kind=kind, project=project, terms=terms, at=NOON, by=BOSS.user, reason="term begins")


def test_a_policy_holds_from_its_change_on_and_what_is_booked_stays(office: Office) -> None:
    kept = office.book(ADA, 60, 240)
    office.desk.amend(BOSS, change(SHORT), office.now)
    with pytest.raises(Refused, match="too long"):
        office.book(BEN, 60, 240)
    assert office.desk.booking(kept.id, office.now) == kept
    office.desk.amend(BOSS, change(None), office.now)
    office.book(BEN, 60, 240)


def test_a_project_may_have_its_own_policy_and_quotas(office: Office) -> None:
    office.desk.amend(BOSS, change(SHORT), office.now)
    office.desk.amend(BOSS, change(Policy(name="long"), DEFAULT_PROJECT), office.now)
    office.book(ADA, 60, 240)
    office.desk.amend(BOSS, change(Project(gpus=1, products=("A6000",)), DEFAULT_PROJECT), office.now)
    with pytest.raises(Refused, match="too many GPUs at a time"):
        office.book(BEN, 60, 240)
    rules = office.desk.rules(BOSS, office.now)
    assert rules.terms(Kind.POLICY, SITE) == SHORT
    assert rules.terms(Kind.QUOTAS, DEFAULT_PROJECT) == Project(gpus=1, products=("A6000",))


def test_every_limit_is_read_back_as_it_was_written(office: Office) -> None:
    full = Policy(
        name="full",
        min_duration=timedelta(minutes=5),
        max_duration=timedelta(days=2),
        max_gpus=3,
        max_bookings=4,
        horizon=timedelta(days=9),
        cooldown=timedelta(hours=7),
        weekly_gpu_hours=12.5,
        no_show_after=timedelta(seconds=90),
        max_extension=timedelta(hours=2),
    )
    assert office.desk.amend(BOSS, change(full), office.now).terms(Kind.POLICY, SITE) == full
    assert office.desk.rules(BOSS, office.now).terms(Kind.POLICY, SITE) == full


def test_the_second_of_two_administrators_is_told_what_the_first_one_did(office: Office) -> None:
    version = office.desk.rules(BOSS, office.now).version(Kind.POLICY, SITE)
    office.desk.amend(BOSS, change(SHORT), office.now, [version])
    with pytest.raises(ChangedMeanwhile) as told:
        office.desk.amend(BOSS, change(Policy(name="other")), office.now, [version])
    assert "boss" in str(told.value.allowed)
    assert "term begins" in str(told.value.allowed)
    assert office.desk.rules(BOSS, office.now).terms(Kind.POLICY, SITE) == SHORT


def test_every_change_is_in_the_audit_log_with_what_was_and_what_is(office: Office) -> None:
    office.desk.amend(BOSS, change(SHORT), office.now)
    event = next(e for e in office.events if e.action == "policy.changed")
    assert (event.actor, event.subject, event.reason) == ("boss", "all projects", "term begins")
    assert (event.before, event.after) == ({"name": "free"}, {"name": "short", "max_duration": 3600.0})


def test_only_administrators_see_change_and_try_rules(office: Office) -> None:
    for attempt in (
        lambda: office.desk.rules(ADA, office.now),
        lambda: office.desk.amend(ADA, change(SHORT), office.now),
        lambda: office.desk.try_out(ADA, change(SHORT), 30, office.now),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_rules_that_allow_nothing_are_neither_taken_nor_tried(office: Office) -> None:
    never = replace(SHORT, min_duration=timedelta(hours=2))
    for attempt in (
        lambda: office.desk.amend(BOSS, change(never), office.now),
        lambda: office.desk.try_out(BOSS, change(never), 30, office.now),
        lambda: office.desk.try_out(BOSS, change(SHORT), 0, office.now),
    ):
        with pytest.raises(InvalidInput):
            attempt()


def test_trying_says_what_would_have_been_refused_and_changes_nothing(office: Office) -> None:
    long = office.book(ADA, 60, 240)
    office.book(BEN, 60, 90)
    cancelled = office.book(BEN, 300, 600)
    office.desk.end(BEN, cancelled.id, BookingEvent.CANCEL, "", office.now)
    trial = office.desk.try_out(BOSS, change(SHORT), 30, office.after(minutes=1))
    assert trial.bookings == 3
    assert {each.booking.id for each in trial.refused} == {long.id, cancelled.id}
    assert office.desk.rules(BOSS, office.now).amendments == ()
    later = office.desk.try_out(BOSS, change(SHORT), 1, office.after(days=3))
    assert later.bookings == 0


def test_a_policy_is_tried_together_with_the_quotas_that_hold_beside_it(office: Office) -> None:
    office.book(ADA, 60, 120, gpus=2)
    office.desk.amend(BOSS, change(Project(gpus=1), DEFAULT_PROJECT), office.now)
    proposed = change(Policy(name="own"), DEFAULT_PROJECT)
    (refused,) = office.desk.try_out(BOSS, proposed, 30, office.after(minutes=1)).refused
    assert refused.before


def test_what_was_booked_before_the_days_of_a_trial_counts_in_it(office: Office) -> None:
    office.book(ADA, 60, 120)
    office.go(minutes=90)
    office.start(ADA)
    office.go(days=3)
    second = office.book(ADA, 3 * 24 * 60 + 60, 3 * 24 * 60 + 120)
    rest = change(Policy(name="rest", cooldown=timedelta(days=14)))
    trial = office.desk.try_out(BOSS, rest, 1, office.after(days=3, minutes=1))
    assert (trial.bookings, [each.booking.id for each in trial.refused]) == (1, [second.id])


def test_hours_of_the_month_that_were_booked_before_count_in_a_trial_of_quotas(office: Office) -> None:
    office.book(ADA, 60, 120)
    office.go(days=3)
    second = office.book(BEN, 3 * 24 * 60 + 60, 3 * 24 * 60 + 180)
    quotas = change(Project(hours_per_month=2), DEFAULT_PROJECT)
    trial = office.desk.try_out(BOSS, quotas, 30, office.after(days=3, minutes=1))
    assert [each.booking.id for each in trial.refused] == [second.id]


def test_who_is_handed_a_booking_is_asked_by_the_rules_that_hold_now(office: Office) -> None:
    booking = office.book(ADA, 60, 240)
    office.desk.amend(BOSS, change(SHORT), office.now)
    with pytest.raises(Refused, match="too long"):
        office.desk.hand_over(ADA, booking.id, BEN, office.now)
