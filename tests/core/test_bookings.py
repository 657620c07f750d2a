"""A booking moves as the table says, and in no other way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from itertools import product

import pytest

from maia_hub.core.bookings import (
    TRANSITIONS,
    Booking,
    BookingEvent,
    BookingState,
    EndCause,
    advance,
)
from maia_hub.core.errors import IllegalTransition, InvalidInput
from maia_hub.core.interval import Interval
from tests.core.people import HOUR, T0, booked

S, E, C = BookingState, BookingEvent, EndCause

LEGAL = [
    (S.REQUESTED, E.CONFIRM, S.CONFIRMED, None),
    (S.REQUESTED, E.CANCEL, S.ENDED, C.CANCELLED),
    (S.REQUESTED, E.EXPIRE, S.ENDED, C.EXPIRED),
    (S.REQUESTED, E.REVOKE, S.ENDED, C.REVOKED),
    (S.CONFIRMED, E.START, S.ACTIVE, None),
    (S.CONFIRMED, E.CANCEL, S.ENDED, C.CANCELLED),
    (S.CONFIRMED, E.EXPIRE, S.ENDED, C.EXPIRED),
    (S.CONFIRMED, E.NO_SHOW, S.ENDED, C.NO_SHOW),
    (S.CONFIRMED, E.REVOKE, S.ENDED, C.REVOKED),
    (S.CONFIRMED, E.HAND_OVER, S.ENDED, C.HANDED_OVER),
    (S.ACTIVE, E.COMPLETE, S.ENDED, C.COMPLETED),
    (S.ACTIVE, E.RELEASE, S.ENDED, C.RELEASED),
    (S.ACTIVE, E.NO_SHOW, S.ENDED, C.NO_SHOW),
    (S.ACTIVE, E.REVOKE, S.ENDED, C.REVOKED),
    (S.ACTIVE, E.HAND_OVER, S.ENDED, C.HANDED_OVER),
    (S.ACTIVE, E.GIVE_BACK, S.ENDED, C.IDLE),
]
"""Written out once more, so that a slip of the hand in the table itself is seen."""
ILLEGAL = [pair for pair in product(S, E) if pair not in {(state, event) for state, event, *_ in LEGAL}]


def in_state(state: BookingState) -> Booking:
    return replace(booked(0, 4), state=state)


@pytest.mark.parametrize(("state", "event", "then", "cause"), LEGAL)
def test_a_legal_move_leads_where_the_table_says(
    state: BookingState, event: BookingEvent, then: BookingState, cause: EndCause | None
) -> None:
    moved = advance(in_state(state), event, T0 + HOUR)
    assert (moved.state, moved.cause) == (then, cause)
    assert moved.ended_at == (T0 + HOUR if then is S.ENDED else None)


@pytest.mark.parametrize(("state", "event"), ILLEGAL)
def test_an_illegal_move_is_refused_by_name(state: BookingState, event: BookingEvent) -> None:
    with pytest.raises(
        IllegalTransition, match=rf"{state.value} cannot be moved by “{event.value}”"
    ) as caught:
        advance(in_state(state), event, T0)
    assert caught.value.details == {"state": state.value}


def test_the_table_holds_these_moves_and_no_others() -> None:
    assert {(state, event): (then, cause) for state, event, then, cause in LEGAL} == TRANSITIONS


def test_nothing_leads_out_of_the_end() -> None:
    with pytest.raises(IllegalTransition) as caught:
        advance(in_state(S.ENDED), E.START, T0)
    assert caught.value.allowed == "nothing: it has ended"


@pytest.mark.parametrize("gpus", [0, -1])
def test_a_booking_is_for_one_gpu_or_more(gpus: int) -> None:
    with pytest.raises(InvalidInput, match="at least one GPU"):
        booked(0, 4, gpus=gpus)


@pytest.mark.parametrize("state", S)
def test_only_confirmed_and_active_bookings_occupy_gpus_now(state: BookingState) -> None:
    assert in_state(state).live == (state in {S.CONFIRMED, S.ACTIVE})


def test_a_booking_that_ended_early_is_occupied_until_then() -> None:
    released = advance(in_state(S.ACTIVE), E.RELEASE, T0 + HOUR)
    assert released.occupied == Interval(T0, T0 + HOUR)


def test_a_booking_cancelled_before_it_began_never_occupied_anything() -> None:
    assert advance(in_state(S.CONFIRMED), E.CANCEL, T0 - HOUR).occupied is None


def test_an_end_that_is_noticed_late_does_not_lengthen_the_booking() -> None:
    completed = advance(in_state(S.ACTIVE), E.COMPLETE, T0 + 9 * HOUR)
    assert completed.occupied == completed.interval
    assert completed.interval.end.tzinfo is timezone.utc
    assert completed.interval.duration == timedelta(hours=4)
