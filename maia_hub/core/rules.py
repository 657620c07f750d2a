"""What a booking must obey, rule by rule; `maia_hub.core.policy` asks them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.fairshare import FairShare
from maia_hub.core.ids import PoolId, ProjectId, UserName
from maia_hub.core.interval import Interval, in_words

RuleName = Literal[
    "past",
    "min-duration",
    "max-duration",
    "max-gpus",
    "horizon",
    "max-bookings",
    "overlap",
    "cool-down",
    "weekly-gpu-hours",
    "max-extension",
    "project-products",
    "project-gpus",
    "project-weekly-hours",
    "project-monthly-hours",
]
"""Every rule that may refuse, those of quotas included."""

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
    - ``no_show_after``: a booking that nobody used that long after its start is given up, see
      `maia_hub.core.attendance`; ``no_show_warning`` is how long before that its owner is warned.
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
    no_show_warning: timedelta | None = None
    max_extension: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which rule refused, what was given and the limit.

    ``earliest`` is the first start from the asked one on (else from now on) that passes *all* rules, if any does.
    """

    rule: RuleName
    message: str
    given: str
    limit: str
    earliest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A wish to book, move, extend or take over; ``booking`` is the one that is moved or extended."""

    user: UserName
    project: ProjectId
    pool: PoolId
    gpus: int
    interval: Interval
    purpose: Literal["new", "move", "extend", "take-over"] = "new"
    booking: Booking | None = None

    @property
    def starts_anew(self) -> bool:
        """Tell whether the start is a wish, not a given."""
        return self.booking is None or self.booking.interval.start != self.interval.start


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule looks at; ``others`` are the user's bookings in all states, but the one that is changed.

    ``quotas`` asks what else may refuse.
    """

    policy: Policy
    request: Request
    others: Sequence[Booking]
    now: datetime
    quotas: Callable[[Request], Sequence[Refusal]] | None = None


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


def _past(case: Case) -> Refusal | None:
    start, end = case.request.interval.start, case.request.interval.end
    if case.request.starts_anew and start < case.now - TOLERANCE:
        return Refusal(
            "past", "The start lies in the past.", in_words(start), f"{in_words(case.now)} or later", case.now
        )
    if end <= case.now:
        later = case.now if case.request.starts_anew else None
        return Refusal(
            "past", "The end lies in the past.", in_words(end), f"after {in_words(case.now)}", later
        )
    return None


def _min_duration(case: Case) -> Refusal | None:
    length = case.request.interval.duration
    if (
        case.policy.min_duration is None
        or case.request.purpose in ("extend", "take-over")  # what is left of one may be shorter
        or length >= case.policy.min_duration
    ):
        return None
    limit = f"at least {_length(case.policy.min_duration)}"
    return Refusal("min-duration", "The booking is too short.", _length(length), limit)


def _max_duration(case: Case) -> Refusal | None:
    length = case.request.interval.duration
    if case.policy.max_duration is None or length <= case.policy.max_duration:
        return None
    limit = f"at most {_length(case.policy.max_duration)}"
    return Refusal("max-duration", "The booking is too long.", _length(length), limit)


def _max_gpus(case: Case) -> Refusal | None:
    if (
        case.policy.max_gpus is None
        or case.request.purpose == "extend"
        or case.request.gpus <= case.policy.max_gpus
    ):
        return None
    return Refusal("max-gpus", "Too many GPUs.", str(case.request.gpus), f"at most {case.policy.max_gpus}")


def _horizon(case: Case) -> Refusal | None:
    end = case.request.interval.end
    if case.policy.horizon is None or end <= case.now + case.policy.horizon:
        return None
    limit = f"an end by {in_words(case.now + case.policy.horizon)}"
    return Refusal("horizon", "The booking ends too far in the future.", in_words(end), limit)


def _max_bookings(case: Case) -> Refusal | None:
    count = sum(b.state is not BookingState.ENDED and b.interval.end > case.now for b in case.others) + 1
    if (
        case.policy.max_bookings is None
        or case.request.booking is not None
        or count <= case.policy.max_bookings
    ):
        return None
    limit = f"at most {case.policy.max_bookings} active or planned"
    return Refusal("max-bookings", "You hold as many bookings as you may.", str(count), limit)


def _overlap(case: Case) -> Refusal | None:
    """Refuse a second booking of a pool at the same time: that would be one booking of more GPUs."""
    clash = [
        b.interval for b in own(case.request.pool, case.others) if b.interval.overlaps(case.request.interval)
    ]
    if not clash:
        return None
    given = f"{in_words(case.request.interval.start)} to {in_words(case.request.interval.end)}"
    limit = f"not between {in_words(min(clash).start)} and {in_words(max(i.end for i in clash))}"
    later = max(i.end for i in clash)
    return Refusal("overlap", "You hold another booking of this pool at that time.", given, limit, later)


def _cooldown(case: Case) -> Refusal | None:
    """Refuse what begins too soon after another booking, or ends too late before one."""
    if case.policy.cooldown is None:
        return None
    start, later = case.request.interval.start, None
    for booking in case.others:
        taken, wait = booking.occupied, cooldown_after(case.policy.cooldown, booking)
        if taken is None or not wait:
            continue
        after_it = case.request.starts_anew and taken.start <= start < taken.end + wait
        before_it = booking.live and start < taken.start < case.request.interval.end + case.policy.cooldown
        if after_it or before_it:
            later = max(later or start, taken.end + wait)
    if later is None:
        return None
    message = f"Between your bookings must lie {_length(case.policy.cooldown)}; less after an early release."
    given = f"{in_words(start)} to {in_words(case.request.interval.end)}"
    return Refusal("cool-down", message, given, f"a start at {in_words(later)} or later", later)


def _weekly(case: Case) -> Refusal | None:
    if case.policy.weekly_gpu_hours is None:
        return None
    share = FairShare(taken_by(case.others), case.policy.weekly_gpu_hours)
    if share.allows(case.request.interval, case.request.gpus):
        return None
    return Refusal(
        "weekly-gpu-hours",
        "Together with your other bookings this is more than the fair share of a week.",
        f"{share.hours(case.request.interval, case.request.gpus):.1f} GPU-hours within seven days",
        f"at most {case.policy.weekly_gpu_hours:.1f} GPU-hours within any seven days",
        share.earliest(case.request.interval, case.request.gpus),
    )


def _max_extension(case: Case) -> Refusal | None:
    if case.policy.max_extension is None or case.request.purpose != "extend" or case.request.booking is None:
        return None
    added = case.request.interval.end - case.request.booking.interval.end
    if added <= case.policy.max_extension:
        return None
    limit = f"at most {_length(case.policy.max_extension)} at a time"
    return Refusal("max-extension", "That extension is too long.", _length(added), limit)


RULES: tuple[Callable[[Case], Refusal | None], ...] = (
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


def _length(duration: timedelta) -> str:
    """Say a length in words: ``1 day 2 hours``."""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours // 24, "day"), (hours % 24, "hour"), (minutes, "minute"), (seconds, "second"))
    return " ".join(f"{n} {unit}{'s' * (n != 1)}" for n, unit in parts if n) or "0 seconds"
