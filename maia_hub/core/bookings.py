"""Bookings: their states as a table, and the moves between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from maia_hub.core.errors import IllegalTransition, InvalidInput
from maia_hub.core.ids import (
    DEFAULT_CLUSTER,
    DEFAULT_PROJECT,
    BookingId,
    ClusterId,
    GroupId,
    NodeId,
    PoolId,
    ProjectId,
    SeriesId,
    UserName,
)
from maia_hub.core.interval import Interval


class BookingState(str, Enum):
    """Where a booking stands."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    ACTIVE = "active"
    ENDED = "ended"


class EndCause(str, Enum):
    """Why a booking ended."""

    COMPLETED = "completed"
    RELEASED = "released"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no-show"
    REVOKED = "revoked"
    HANDED_OVER = "handed-over"
    IDLE = "idle"


class BookingEvent(str, Enum):
    """What can happen to a booking."""

    CONFIRM = "confirm"
    START = "start"
    COMPLETE = "complete"
    RELEASE = "release"
    CANCEL = "cancel"
    EXPIRE = "expire"
    NO_SHOW = "no-show"
    REVOKE = "revoke"
    HAND_OVER = "hand-over"
    GIVE_BACK = "give-back"


_S, _E, _C = BookingState, BookingEvent, EndCause

TRANSITIONS: dict[tuple[BookingState, BookingEvent], tuple[BookingState, EndCause | None]] = {
    (_S.REQUESTED, _E.CONFIRM): (_S.CONFIRMED, None),
    (_S.REQUESTED, _E.CANCEL): (_S.ENDED, _C.CANCELLED),
    (_S.REQUESTED, _E.EXPIRE): (_S.ENDED, _C.EXPIRED),
    (_S.REQUESTED, _E.REVOKE): (_S.ENDED, _C.REVOKED),
    (_S.CONFIRMED, _E.START): (_S.ACTIVE, None),
    (_S.CONFIRMED, _E.CANCEL): (_S.ENDED, _C.CANCELLED),
    (_S.CONFIRMED, _E.EXPIRE): (_S.ENDED, _C.EXPIRED),
    (_S.CONFIRMED, _E.NO_SHOW): (_S.ENDED, _C.NO_SHOW),
    (_S.CONFIRMED, _E.REVOKE): (_S.ENDED, _C.REVOKED),
    (_S.ACTIVE, _E.COMPLETE): (_S.ENDED, _C.COMPLETED),
    (_S.ACTIVE, _E.RELEASE): (_S.ENDED, _C.RELEASED),
    (_S.ACTIVE, _E.NO_SHOW): (_S.ENDED, _C.NO_SHOW),
    (_S.ACTIVE, _E.REVOKE): (_S.ENDED, _C.REVOKED),
    (_S.CONFIRMED, _E.HAND_OVER): (_S.ENDED, _C.HANDED_OVER),
    (_S.ACTIVE, _E.HAND_OVER): (_S.ENDED, _C.HANDED_OVER),
    (_S.ACTIVE, _E.GIVE_BACK): (_S.ENDED, _C.IDLE),
}
"""(state, event) -> (next state, cause of the end). A confirmed booking becomes active at its first lease;
one whose interval passes without any lease expires, one that had a lease completes. What is left of one that
has begun is handed over by ending it; its receiver has a booking of the rest."""

LIVE_STATES = frozenset({BookingState.CONFIRMED, BookingState.ACTIVE})
"""The states in which a booking occupies GPUs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A right to ``gpus`` GPUs of one node of a pool over a half-open UTC interval.

    ``ended_at`` is set with ``cause`` when the state becomes ended; the GPUs are free from that moment on.
    ``first_used`` is the start of the booking's first lease; ``series`` what it was booked as a part of;
    ``group`` is the group of a class whose members use it: then ``user`` is nobody, but the group's name.
    """

    id: BookingId
    user: UserName
    pool: PoolId
    node: NodeId
    gpus: int
    interval: Interval
    state: BookingState
    created: datetime
    cause: EndCause | None = None
    ended_at: datetime | None = None
    first_used: datetime | None = None
    note: str = ""
    project: ProjectId = DEFAULT_PROJECT
    cluster: ClusterId = DEFAULT_CLUSTER
    series: SeriesId | None = None
    group: GroupId | None = None

    def __post_init__(self) -> None:
        if self.gpus < 1:
            raise InvalidInput(
                "A booking needs at least one GPU.",
                given=self.gpus,
                allowed="1 or more",
                advice="Ask for one GPU or more.",
            )

    @property
    def live(self) -> bool:
        """Tell whether the booking occupies GPUs."""
        return self.state in LIVE_STATES

    @property
    def occupied(self) -> Interval | None:
        """The interval over which GPUs are or were taken; None if it ended before it began."""
        if self.ended_at is None or self.ended_at >= self.interval.end:
            return self.interval
        return Interval(self.interval.start, self.ended_at) if self.ended_at > self.interval.start else None


def advance(booking: Booking, event: BookingEvent, now: datetime) -> Booking:
    """Return the booking after ``event``; a move that the table lacks raises `IllegalTransition`."""
    try:
        state, cause = TRANSITIONS[booking.state, event]
    except KeyError:
        allowed = sorted(e.value for (s, e) in TRANSITIONS if s is booking.state)
        raise IllegalTransition(
            f"A booking that is {booking.state.value} cannot be moved by “{event.value}”.",
            given=event.value,
            allowed=allowed or "nothing: it has ended",
            details={"state": booking.state.value},
        ) from None
    if state is BookingState.ENDED:
        return replace(booking, state=state, cause=cause, ended_at=now)
    return replace(booking, state=state)
