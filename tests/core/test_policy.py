"""Every rule refuses what it should, and says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pytest

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.ids import DEFAULT_PROJECT, PoolId, ProjectId
from maia_hub.core.policy import PRESETS, Policy, PolicySet, Refusal, Request, latest_end, refusals
from tests.core.people import ALICE, DAY, HOUR, POOL, T0, booked, span

CLASSIC = PRESETS["classic"]


def wish(
    start: float,
    end: float,
    gpus: int = 1,
    booking: Booking | None = None,
    purpose: Literal["new", "move", "extend"] = "new",
) -> Request:
    return Request(ALICE, DEFAULT_PROJECT, POOL, gpus, span(start, end), purpose, booking)


def broken(policy: Policy, request: Request, *history: Booking, now: datetime = T0) -> list[str]:
    return [refusal.rule for refusal in refusals(policy, request, history, now)]


def only(policy: Policy, request: Request, *history: Booking, now: datetime = T0) -> Refusal:
    (refusal,) = refusals(policy, request, history, now)
    return refusal


def used(booking: Booking, event: BookingEvent = BookingEvent.COMPLETE, at: float | None = None) -> Booking:
    """Return the booking after it was used and ended, so many hours after T0."""
    active = replace(booking, state=BookingState.ACTIVE, first_used=booking.interval.start)
    return advance(active, event, booking.interval.end if at is None else T0 + at * HOUR)


def test_no_rule_refuses_nothing() -> None:
    assert broken(Policy(name="free"), wish(0, 9999, gpus=99)) == []


def test_a_start_in_the_past_is_refused_and_now_would_do() -> None:
    refusal = only(Policy(name="p"), wish(-2, 1))
    assert (refusal.rule, refusal.earliest) == ("past", T0)
    assert refusal.given == "2026-03-02 07:00 UTC"


def test_a_form_may_take_a_while_to_send() -> None:
    assert broken(Policy(name="p"), wish(-1 / 120, 1)) == []


def test_a_running_booking_keeps_its_start() -> None:
    running = booked(-2, 1)
    assert broken(Policy(name="p"), wish(-2, 3, booking=running, purpose="extend"), running) == []


def test_an_end_in_the_past_is_refused_and_no_start_helps_what_has_begun() -> None:
    running = booked(-2, 1)
    refusal = only(Policy(name="p"), wish(-2, -1, booking=running, purpose="move"), running)
    assert (refusal.rule, refusal.earliest) == ("past", None)


@pytest.mark.parametrize(
    ("policy", "request_", "rule", "given", "limit"),
    [
        (Policy(name="p", min_duration=DAY), wish(0, 1), "min-duration", "1 hour", "at least 1 day"),
        (
            Policy(name="p", max_duration=14 * DAY),
            wish(0, 24 * 14 + 1.5),
            "max-duration",
            "14 days 1 hour 30 minutes",
            "at most 14 days",
        ),
        (Policy(name="p", max_gpus=2), wish(0, 1, gpus=3), "max-gpus", "3", "at most 2"),
        (
            Policy(name="p", weekly_gpu_hours=10),
            wish(0, 4, gpus=3),
            "weekly-gpu-hours",
            "12.0 GPU-hours within seven days",
            "at most 10.0 GPU-hours within any seven days",
        ),
    ],
)
def test_a_refusal_that_no_start_helps_names_value_and_limit(
    policy: Policy, request_: Request, rule: str, given: str, limit: str
) -> None:
    refusal = only(policy, request_)
    assert (refusal.rule, refusal.given, refusal.limit, refusal.earliest) == (rule, given, limit, None)


@pytest.mark.parametrize(
    "request_", [wish(0, 24), wish(0, 24 * 14, gpus=2)], ids=["the shortest", "the longest"]
)
def test_what_meets_a_limit_exactly_passes(request_: Request) -> None:
    policy = Policy(
        name="p",
        min_duration=DAY,
        max_duration=14 * DAY,
        max_gpus=2,
        horizon=14 * DAY,
        weekly_gpu_hours=336,
        max_bookings=1,
    )
    assert broken(policy, request_) == []


def test_a_booking_beyond_the_horizon_would_pass_from_now_on() -> None:
    refusal = only(Policy(name="p", horizon=2 * DAY), wish(47, 49))
    assert (refusal.rule, refusal.limit) == ("horizon", "an end by 2026-03-04 09:00 UTC")
    assert refusal.earliest == T0


def test_one_booking_too_many_is_refused_whenever_it_would_start() -> None:
    refusal = only(Policy(name="p", max_bookings=1), wish(9, 10), booked(0, 4))
    assert (refusal.rule, refusal.given, refusal.earliest) == ("max-bookings", "2", None)


def test_a_booking_that_ended_or_is_changed_does_not_count_as_one_too_many() -> None:
    policy, mine = Policy(name="p", max_bookings=1), booked(0, 4)
    cancelled = advance(mine, BookingEvent.CANCEL, T0)
    assert broken(policy, wish(9, 10), cancelled) == []
    assert broken(policy, wish(9, 10, booking=mine, purpose="move"), mine) == []


def test_a_second_booking_at_the_same_time_is_refused_and_may_begin_after_it() -> None:
    refusal = only(Policy(name="p"), wish(3, 5), booked(0, 4), booked(6, 8))
    assert (refusal.rule, refusal.earliest) == ("overlap", T0 + 4 * HOUR)
    assert refusal.limit == "not between 2026-03-02 09:00 UTC and 2026-03-02 13:00 UTC"


def test_a_gap_between_own_bookings_that_is_too_short_is_leapt_over() -> None:
    assert only(Policy(name="p"), wish(3, 6), booked(0, 4), booked(6, 8)).earliest == T0 + 8 * HOUR


def test_bookings_of_two_pools_may_run_side_by_side() -> None:
    assert broken(Policy(name="p"), wish(0, 4), replace(booked(0, 4), pool=PoolId("h200"))) == []


# ---- cool-down


def test_the_cool_down_counts_from_the_end_of_the_last_booking() -> None:
    refusal = only(CLASSIC, wish(0, 48), used(booked(-96, -24)))
    assert (refusal.rule, refusal.earliest) == ("cool-down", T0 + 13 * DAY)
    assert "14 days" in refusal.message
    assert broken(CLASSIC, wish(24 * 13, 24 * 15), used(booked(-96, -24))) == []


def test_an_early_release_gives_back_the_same_share_of_the_cool_down() -> None:
    half = used(booked(-240, 0), BookingEvent.RELEASE, at=-120)
    assert only(CLASSIC, wish(0, 48), half).earliest == T0 + timedelta(days=2)


@pytest.mark.parametrize("event", [BookingEvent.CANCEL, BookingEvent.EXPIRE, BookingEvent.NO_SHOW])
def test_a_booking_that_was_never_used_costs_no_cool_down(event: BookingEvent) -> None:
    assert broken(CLASSIC, wish(0, 48), advance(booked(-48, 24), event, T0)) == []


def test_a_booking_cannot_be_moved_into_the_cool_down() -> None:
    planned = booked(24 * 13, 24 * 15)
    moved = wish(0, 48, booking=planned, purpose="move")
    assert broken(CLASSIC, moved, planned, used(booked(-96, -24))) == ["cool-down"]


def test_a_cool_down_lies_before_a_planned_booking_too() -> None:
    policy = replace(CLASSIC, max_bookings=2)
    refusal = only(policy, wish(0, 48), booked(24 * 10, 24 * 12))
    assert (refusal.rule, refusal.earliest) == ("cool-down", T0 + 26 * DAY)


def test_an_extension_leaves_the_cool_down_before_the_next_booking() -> None:
    policy, mine = replace(CLASSIC, max_bookings=2), booked(0, 24)
    then = booked(24 * 16, 24 * 18)
    assert latest_end(policy, mine, [mine, then], T0) == T0 + 2 * DAY
    assert broken(policy, wish(0, 49, booking=mine, purpose="extend"), mine, then) == ["cool-down"]


# ---- weekly GPU-hours


def test_the_week_is_any_seven_days_and_not_only_those_before_the_end() -> None:
    policy = Policy(name="p", weekly_gpu_hours=50)
    later = booked(24 * 5, 24 * 5 + 45)
    refusal = only(policy, wish(0, 11), later)
    assert (refusal.rule, refusal.given) == ("weekly-gpu-hours", "56.0 GPU-hours within seven days")


def test_a_week_that_is_used_up_lets_the_next_booking_begin_as_its_hours_leave_the_window() -> None:
    policy = Policy(name="p", weekly_gpu_hours=100)
    assert only(policy, wish(0, 10), used(booked(-100, 0))).earliest == T0 + 68 * HOUR


def test_an_early_release_gives_the_hours_back() -> None:
    policy = Policy(name="p", weekly_gpu_hours=100)
    released = used(booked(-80, 20), BookingEvent.RELEASE, at=0)
    assert broken(policy, wish(0, 20), released) == []
    assert broken(policy, wish(0, 21), released) == ["weekly-gpu-hours"]


# ---- extensions


def test_an_extension_is_limited_by_itself_and_by_the_whole_length() -> None:
    policy, mine = Policy(name="p", max_extension=2 * HOUR, max_duration=5 * HOUR), booked(0, 4)
    asked = refusals(policy, wish(0, 7, booking=mine, purpose="extend"), [mine], T0)
    assert [(r.rule, r.given, r.limit) for r in asked] == [
        ("max-duration", "7 hours", "at most 5 hours"),
        ("max-extension", "3 hours", "at most 2 hours at a time"),
    ]
    assert latest_end(policy, mine, [mine], T0) == T0 + 5 * HOUR


def test_an_extension_ends_where_the_next_own_booking_begins() -> None:
    mine = booked(0, 4)
    assert latest_end(Policy(name="p"), mine, [mine, booked(6, 8)], T0) == T0 + 6 * HOUR


def test_an_extension_is_limited_by_the_hours_of_the_week() -> None:
    mine, before = booked(0, 4), used(booked(-10, 0, gpus=2))
    assert latest_end(Policy(name="p", weekly_gpu_hours=30), mine, [mine, before], T0) == T0 + 10 * HOUR


def test_without_any_limit_there_is_no_latest_end() -> None:
    assert latest_end(Policy(name="p"), booked(0, 4), [], T0) is None


# ---- several rules, presets, who gets which policy


def test_every_rule_that_refuses_speaks_and_all_name_a_start_that_passes_them_all() -> None:
    policy = Policy(name="p", cooldown=DAY, weekly_gpu_hours=20)
    asked = refusals(policy, wish(0, 10), [used(booked(-20, -1))], T0)
    assert [r.rule for r in asked] == ["cool-down", "weekly-gpu-hours"]
    assert {r.earliest for r in asked} == {T0 + 147 * HOUR}


@pytest.mark.parametrize(
    ("name", "shortest", "longest"),
    [
        ("classic", DAY, 14 * DAY),
        ("open", timedelta(minutes=30), 14 * DAY),
        ("demo", timedelta(seconds=10), 14 * DAY),
    ],
)
def test_the_presets_say_how_short_and_long_a_booking_may_be(
    name: str, shortest: timedelta, longest: timedelta
) -> None:
    policy, tick = PRESETS[name], timedelta(seconds=1)
    for duration, rules in (
        (shortest - tick, ["min-duration"]),
        (shortest, []),
        (longest, []),
        (longest + tick, ["max-duration"]),
    ):
        assert broken(policy, wish(1, 1 + duration / HOUR)) == rules


def test_open_lets_two_gpus_run_around_the_clock_and_no_third() -> None:
    fortnight = booked(0, 24 * 14, gpus=2)
    assert broken(PRESETS["open"], wish(0, 24 * 14, gpus=2)) == []
    assert broken(PRESETS["open"], wish(24 * 14, 24 * 14 + 1, gpus=3), fortnight) == ["weekly-gpu-hours"]


def test_a_role_goes_before_a_project_and_a_project_before_the_default() -> None:
    default, project, role = (Policy(name=name) for name in ("default", "project", "role"))
    policies = PolicySet(default, {ProjectId("heart"): project}, {"lead": role})
    assert policies.choose(ProjectId("brain")) is default
    assert policies.choose(ProjectId("heart"), ["guest"]) is project
    assert policies.choose(ProjectId("heart"), ["guest", "lead"]) is role
