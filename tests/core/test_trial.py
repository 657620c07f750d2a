"""Rules are tried on what was booked: each booking is asked for again as things stood when it was made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from maia_hub.core.amendments import SITE, Amendment, Kind, Rules, check_policy
from maia_hub.core.bookings import Booking, BookingState, EndCause
from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import GroupId, ProjectId, UserName
from maia_hub.core.policy import Policy, PolicySet
from maia_hub.core.projects import Project, Projects
from maia_hub.core.trial import Trial, as_of, tried
from tests.core.people import DAY, HOUR, POOL, T0, booked

FREE = Rules(PolicySet(Policy(name="free")), Projects())
VISION = ProjectId("vision")


def changed(terms: Policy | Project | None, project: ProjectId = SITE, number: int = 1) -> Amendment:
    kind = Kind.QUOTAS if isinstance(terms, Project) else Kind.POLICY
    return Amendment(
        kind=kind, project=project, terms=terms, at=T0, by=UserName("boss"), reason="why not", id=number
    )


def made(start: float, end: float, at: float = 0, **more: object) -> Booking:
    return replace(booked(start, end), created=T0 + at * HOUR, **more)  # type: ignore[arg-type]


def tried_on(
    proposed: Policy | Project, *known: Booking, rules: Rules = FREE, project: ProjectId = SITE
) -> Trial:
    after = rules.amended([changed(proposed, project)])
    return tried(after, rules, known, {POOL: "A6000"}, T0)


def test_the_long_ones_would_have_been_refused() -> None:
    found = tried_on(Policy(name="short", max_duration=DAY), made(1, 9), made(10, 40, at=1))
    assert found.bookings == 2
    ((booking, refusals, before),) = [(t.booking, t.refusals, t.before) for t in found.refused]
    assert (booking.interval.duration, [r.rule for r in refusals], before) == (
        timedelta(hours=30),
        ["max-duration"],
        False,
    )


def test_what_a_class_has_is_bound_by_quotas_and_by_no_rule_for_people() -> None:
    of_class = made(10, 40, group=GroupId(UUID(int=1)), project=VISION)
    assert tried_on(Policy(name="short", max_duration=DAY), of_class).refused == ()
    (found,) = tried_on(Project(hours_per_week=20), of_class, project=VISION).refused
    assert [refusal.rule for refusal in found.refusals] == ["project-weekly-hours"]


def test_what_was_made_before_is_history_alone() -> None:
    old = made(1, 40, at=-5)
    found = tried_on(Policy(name="one", max_bookings=1, max_duration=DAY), old, made(50, 60, at=1))
    assert (found.bookings, [t.refusals[0].rule for t in found.refused]) == (1, ["max-bookings"])


def test_what_was_over_when_a_booking_was_made_counts_as_over_and_nothing_else() -> None:
    over = made(1, 9, state=BookingState.ENDED, cause=EndCause.RELEASED, ended_at=T0 + 3 * HOUR)
    one = Policy(name="one", max_bookings=1)
    assert tried_on(one, over, made(50, 60, at=4)).refused == ()
    assert len(tried_on(one, over, made(50, 60, at=2)).refused) == 1


def test_what_the_rules_in_force_refuse_too_is_told_apart() -> None:
    rules = replace(FREE, policies=PolicySet(Policy(name="now", max_duration=2 * DAY)))
    found = tried_on(Policy(name="short", max_duration=DAY), made(0, 30), made(0, 70, at=1), rules=rules)
    assert [t.before for t in found.refused] == [False, True]


def test_quotas_are_tried_with_all_that_the_project_had_booked_by_then() -> None:
    bookings = [made(n, 10, at=n, project=VISION, user=UserName(f"u{n}")) for n in range(3)]
    found = tried_on(Project(gpus=2), *bookings, project=VISION)
    assert [t.booking for t in found.refused] == [bookings[2]]
    assert found.refused[0].refusals[0].rule == "project-gpus"
    assert tried_on(Project(gpus=2), *bookings, project=ProjectId("ears")).refused == ()


def test_as_of_a_moment_a_booking_is_what_it_was() -> None:
    ended = made(
        1,
        9,
        state=BookingState.ENDED,
        cause=EndCause.COMPLETED,
        ended_at=T0 + 9 * HOUR,
        first_used=T0 + 2 * HOUR,
    )
    assert as_of(ended, T0 + HOUR).state is BookingState.CONFIRMED
    assert as_of(ended, T0 + 3 * HOUR).state is BookingState.ACTIVE
    assert as_of(ended, T0 + 9 * HOUR) == ended


def test_the_latest_change_of_each_policy_and_quotas_counts_and_an_empty_one_gives_the_settings_back() -> (
    None
):
    settings = replace(FREE, projects=Projects(known={VISION: Project(gpus=4)}))
    hers, ours = Policy(name="hers", max_gpus=1), Policy(name="ours", max_gpus=2)
    rules = replace(
        settings, amendments=(changed(ours), changed(hers, VISION, 2), changed(Project(gpus=1), VISION, 3))
    )
    assert rules.in_force.policies.choose(VISION) == hers
    assert rules.in_force.policies.choose(ProjectId("ears")) == ours
    assert rules.in_force.projects.get(VISION) == Project(gpus=1)
    back = replace(rules, amendments=(*rules.amendments[:1], changed(None, VISION, 4)))
    assert back.in_force.policies.choose(VISION) == ours
    assert back.version(Kind.POLICY, VISION) == "4"
    both = replace(rules, amendments=(changed(None, VISION, 4), *rules.amendments))
    assert both.version(Kind.POLICY, VISION) == "4"


@pytest.mark.parametrize("name", ["max_duration", "horizon"])
def test_rules_under_which_nothing_could_be_booked_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        check_policy(replace(Policy(name="none", min_duration=DAY), **{name: HOUR}))  # type: ignore[arg-type]
    check_policy(replace(Policy(name="some", min_duration=DAY), **{name: DAY}))  # type: ignore[arg-type]
