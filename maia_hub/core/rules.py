"""What a booking must obey, rule by rule; `maia_hub.core.policy` asks them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.fairshare import FairShare
from maia_hub.core.ids import PoolId, ProjectId, UserName
from maia_hub.core.interval import Interval

TOLERANCE = timedelta(seconds=60)
"""A start that long in the past is still *now*: forms are filled in by the minute, and take a while to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits of one project or role; None means no limit.

    - ``min_duration``, ``max_duration``: of a booking, extensions included.
    - ``max_gpus``: of one booking.
    - ``max_bookings``: of a user, active and planned.
    - ``horizon``: how far ahead of now a booking may end.
    - ``cooldown``: how long after a used booking no other may begin; see `cooldown_after`.
    - ``weekly_gpu_hours``: within any seven days; see `maia_hub.core.fairshare`.
    - ``no_show_after``: a booking that nobody used that long after its start is given up.
    - ``max_extension``: by how much one extension may move the end.
    """

    name: str
    min_duration: timedelta | None = None
    max_duration: timedelta | None = None
    max_gpus: int | None = None
    max_bookings: int | None = None
    horizon: timedelta | None = None
    cooldown: timedelta | None = None
    weekly_gpu_hours: float | None = None
    no_show_after: timedelta | None = None
    max_extension: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which rule refused, what was given and the limit.

    ``earliest`` is the first start from the asked one on (else from now on) that passes *all* rules, if any does.
    """

    rule: str
    message: str
    given: str
    limit: str
    earliest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A wish to book, move or extend; ``booking`` is the one that is moved or extended."""

    user: UserName
    project: ProjectId
    pool: PoolId
    gpus: int
    interval: Interval
    purpose: Literal["new", "move", "extend"] = "new"
    booking: Booking | None = None

    @property
    def starts_anew(self) -> bool:
        """Tell whether the start is a wish, not a given."""
        return self.booking is None or self.booking.interval.start != self.interval.start


def cooldown_after(cooldown: timedelta, booking: Booking) -> timedelta:
    """Return for how long after the end of a booking its user has to wait.

    A booking that was never used costs nothing. One that ended early gives the rest back: the cool-down shrinks
    to the part of the booked time that was occupied, and counts from the real end.
    """
    taken = booking.occupied
    if taken is None or (booking.state is BookingState.ENDED and booking.first_used is None):
        return timedelta(0)
    return cooldown * (taken.duration / booking.interval.duration)


# ---- rules: each names the first start from the asked one on that would pass it, if any would


def _past(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    start, end = request.interval.start, request.interval.end
    if request.starts_anew and start < now - TOLERANCE:
        return Refusal("past", "The start lies in the past.", _at(start), f"{_at(now)} or later", now)
    if end <= now:
        later = now if request.starts_anew else None
        return Refusal("past", "The end lies in the past.", _at(end), f"after {_at(now)}", later)
    return None


def _min_duration(
    policy: Policy, request: Request, others: Sequence[Booking], now: datetime
) -> Refusal | None:
    length = request.interval.duration
    if policy.min_duration is None or request.purpose == "extend" or length >= policy.min_duration:
        return None
    limit = f"at least {_length(policy.min_duration)}"
    return Refusal("min-duration", "The booking is too short.", _length(length), limit)


def _max_duration(
    policy: Policy, request: Request, others: Sequence[Booking], now: datetime
) -> Refusal | None:
    length = request.interval.duration
    if policy.max_duration is None or length <= policy.max_duration:
        return None
    limit = f"at most {_length(policy.max_duration)}"
    return Refusal("max-duration", "The booking is too long.", _length(length), limit)


def _max_gpus(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    if policy.max_gpus is None or request.purpose == "extend" or request.gpus <= policy.max_gpus:
        return None
    return Refusal("max-gpus", "Too many GPUs.", str(request.gpus), f"at most {policy.max_gpus}")


def _horizon(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    end = request.interval.end
    if policy.horizon is None or end <= now + policy.horizon:
        return None
    limit = f"an end by {_at(now + policy.horizon)}"
    return Refusal("horizon", "The booking ends too far in the future.", _at(end), limit)


def _max_bookings(
    policy: Policy, request: Request, others: Sequence[Booking], now: datetime
) -> Refusal | None:
    count = sum(b.state is not BookingState.ENDED and b.interval.end > now for b in others) + 1
    if policy.max_bookings is None or request.booking is not None or count <= policy.max_bookings:
        return None
    limit = f"at most {policy.max_bookings} active or planned"
    return Refusal("max-bookings", "You hold as many bookings as you may.", str(count), limit)


def _overlap(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    """Refuse a second booking of a pool at the same time: that would be one booking of more GPUs."""
    clash = [b.interval for b in own(request.pool, others) if b.interval.overlaps(request.interval)]
    if not clash:
        return None
    given = f"{_at(request.interval.start)} to {_at(request.interval.end)}"
    limit = f"not between {_at(min(clash).start)} and {_at(max(i.end for i in clash))}"
    later = max(i.end for i in clash)
    return Refusal("overlap", "You hold another booking of this pool at that time.", given, limit, later)


def _cooldown(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    if policy.cooldown is None or request.purpose == "extend":
        return None
    start, later = request.interval.start, None
    for booking in others:
        taken, wait = booking.occupied, cooldown_after(policy.cooldown, booking)
        if taken is None or not wait:
            continue
        after_it = taken.start <= start < taken.end + wait
        before_it = start < taken.start < request.interval.end + policy.cooldown
        if after_it or before_it:
            later = max(later or start, taken.end + wait)
    if later is None:
        return None
    message = "This is too close to another booking of yours."
    limit = f"{_length(policy.cooldown)} between the end of one and the start of the next, so {_at(later)}"
    return Refusal("cool-down", message, _at(start), limit, later)


def _weekly(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    if policy.weekly_gpu_hours is None:
        return None
    share = FairShare(taken_by(others), policy.weekly_gpu_hours)
    if share.allows(request.interval, request.gpus):
        return None
    return Refusal(
        "weekly-gpu-hours",
        "Together with your other bookings this is more than the fair share of a week.",
        f"{share.hours(request.interval, request.gpus):.1f} GPU-hours within seven days",
        f"at most {policy.weekly_gpu_hours:.1f} GPU-hours within any seven days",
        share.earliest(request.interval, request.gpus),
    )


def _max_extension(
    policy: Policy, request: Request, others: Sequence[Booking], now: datetime
) -> Refusal | None:
    if policy.max_extension is None or request.purpose != "extend" or request.booking is None:
        return None
    added = request.interval.end - request.booking.interval.end
    if added <= policy.max_extension:
        return None
    limit = f"at most {_length(policy.max_extension)} at a time"
    return Refusal("max-extension", "That extension is too long.", _length(added), limit)


RULES: tuple[Callable[[Policy, Request, Sequence[Booking], datetime], Refusal | None], ...] = (
    _past,
    _min_duration,
    _max_duration,
    _max_gpus,
    _horizon,
    _max_bookings,
    _overlap,
    _cooldown,
    _weekly,
    _max_extension,
)


def own(pool: PoolId, others: Sequence[Booking]) -> list[Booking]:
    """Return those that occupy, or will occupy, GPUs of ``pool``."""
    return [b for b in others if b.live and b.pool == pool]


def taken_by(others: Sequence[Booking]) -> list[tuple[Interval, int]]:
    """Return when bookings occupied how many GPUs, or will."""
    return [(b.occupied, b.gpus) for b in others if b.occupied is not None]


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _length(duration: timedelta) -> str:
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours // 24, "d"), (hours % 24, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or "0 s"
