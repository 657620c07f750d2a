"""What holds of the rules whatever was booked before."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.ids import DEFAULT_PROJECT
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Policy, Request, latest_end, refusals
from tests.core.people import ALICE, DAY, HOUR, POOL, T0, booked, span

WEEK = 168
FAR = 24 * 60

policies = st.builds(
    Policy,
    name=st.just("p"),
    min_duration=st.none() | st.integers(1, 9).map(lambda n: n * HOUR),
    max_duration=st.none() | st.integers(10, 240).map(lambda n: n * HOUR),
    max_gpus=st.none() | st.integers(1, 4),
    max_bookings=st.none() | st.integers(1, 6),
    horizon=st.none() | st.integers(1, 40).map(lambda n: n * DAY),
    cooldown=st.none() | st.integers(1, 72).map(lambda n: n * HOUR),
    weekly_gpu_hours=st.none() | st.integers(1, 400).map(float),
    max_extension=st.none() | st.integers(1, 100).map(lambda n: n * HOUR),
)
spans = st.tuples(st.integers(-300, 300), st.integers(1, 250)).map(lambda s: (s[0], s[0] + s[1]))


@st.composite
def bookings(draw: st.DrawFn) -> Booking:
    """Draw a booking of any time, that goes on, was completed, released early, cancelled or never used."""
    start, end = draw(spans)
    made = booked(start, end, gpus=draw(st.integers(1, 3)))
    if end <= 0 or draw(st.booleans()):
        event = draw(st.sampled_from([BookingEvent.COMPLETE, BookingEvent.RELEASE, BookingEvent.CANCEL]))
        at = T0 + draw(st.integers(start, end)) * HOUR
        if event is BookingEvent.CANCEL:
            return advance(made, event, at)
        return advance(replace(made, state=BookingState.ACTIVE, first_used=made.interval.start), event, at)
    return made


histories = st.lists(bookings(), max_size=5)


def request_for(interval: Interval, gpus: int) -> Request:
    return Request(ALICE, DEFAULT_PROJECT, POOL, gpus, interval)


@given(policies, histories, spans, st.integers(1, 4))
def test_the_earliest_start_named_by_a_refusal_passes_every_rule(
    policy: Policy, history: list[Booking], asked: tuple[int, int], gpus: int
) -> None:
    request = request_for(span(*asked), gpus)
    refused = refusals(policy, request, history, T0)
    assert len({r.earliest for r in refused}) <= 1
    if refused and refused[0].earliest is not None:
        start = refused[0].earliest
        again = request_for(Interval(start, start + request.interval.duration), gpus)
        assert refusals(policy, again, history, T0) == []


@given(policies, histories, st.integers(0, 300), st.integers(1, 200), st.integers(1, 4))
def test_no_full_hour_before_the_earliest_start_passes_and_none_at_all_if_there_is_none(
    policy: Policy, history: list[Booking], start: int, length: int, gpus: int
) -> None:
    refused = refusals(policy, request_for(span(start, start + length), gpus), history, T0)
    if not refused:
        return
    earliest = refused[0].earliest
    first = start if earliest is None or earliest >= T0 + start * HOUR else 0
    until = FAR if earliest is None else int((earliest - T0) / HOUR)
    hours = range(0 if earliest is None else first, until, 5)
    for hour in hours:
        request = request_for(span(hour, hour + length), gpus)
        passes = not refusals(policy, request, history, T0)
        assert not passes or T0 + hour * HOUR == earliest, f"{hour} hours after T0 would pass"


@given(policies, histories, st.integers(1, 100), st.integers(1, 3))
def test_an_extension_up_to_the_latest_end_passes_and_one_beyond_it_is_refused(
    policy: Policy, history: list[Booking], length: int, gpus: int
) -> None:
    mine = replace(booked(-1, length, gpus=gpus), state=BookingState.ACTIVE)
    latest = latest_end(policy, mine, history, T0)

    def refused(end: Interval) -> bool:
        request = Request(ALICE, DEFAULT_PROJECT, POOL, gpus, end, "extend", mine)
        return bool(refusals(policy, request, [mine, *history], T0))

    start = mine.interval.start
    if latest is None:
        assert not refused(Interval(start, T0 + 1000 * DAY))
        return
    assert latest >= mine.interval.end
    assert refused(Interval(start, latest + HOUR / 3600))
    if latest > mine.interval.end:
        assert not refused(Interval(start, latest))


@given(histories, spans, st.integers(1, 4), st.integers(1, 400))
def test_the_weekly_limit_is_that_of_every_seven_days_counted_hour_by_hour(
    history: list[Booking], asked: tuple[int, int], gpus: int, limit: int
) -> None:
    policy, (start, end) = Policy(name="p", weekly_gpu_hours=float(limit)), asked
    refused = refusals(policy, request_for(span(start, end), gpus), history, T0)
    taken = [0] * 1400
    for hour in range(start, end):
        taken[hour + 500] += gpus
    for booking in history:
        if booking.occupied is not None:
            first = int((booking.occupied.start - T0) / HOUR)
            for hour in range(first, first + int(booking.occupied.duration / HOUR)):
                taken[hour + 500] += booking.gpus
    windows = range(start - WEEK + 1, end)
    fullest = max(sum(taken[w + 500 : w + 500 + WEEK]) for w in windows)
    assert ("weekly-gpu-hours" in [r.rule for r in refused]) == (fullest > limit)
