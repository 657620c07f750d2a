"""The rules a booking must pass, by name; a refusal explains itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from maia_hub.core.bookings import Booking, BookingState, EndCause
from maia_hub.core.ids import PoolId, ProjectId, UserName
from maia_hub.core.interval import Interval

TOLERANCE = timedelta(seconds=60)
"""A start that long in the past is still *now*: a form takes a while to send."""
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits of one project or role; None means no limit. ``weekly_gpu_hours`` counts a rolling week."""

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
    max_extensions: int | None = None


PRESETS: dict[str, Policy] = {
    "classic": Policy(
        name="classic",
        min_duration=timedelta(days=1),
        max_duration=timedelta(days=14),
        max_bookings=1,
        horizon=timedelta(days=90),
        cooldown=timedelta(days=14),
    ),
    "open": Policy(
        name="open",
        min_duration=timedelta(minutes=30),
        max_duration=timedelta(days=14),
        horizon=timedelta(days=90),
        weekly_gpu_hours=336.0,
    ),
    "demo": Policy(
        name="demo",
        min_duration=timedelta(seconds=10),
        max_duration=timedelta(days=14),
        horizon=timedelta(days=90),
    ),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which rule refused, what was given, the limit, and the earliest start that passes (None: none would)."""

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


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The default policy and what overrides it: a role's goes before a project's."""

    default: Policy
    projects: Mapping[ProjectId, Policy] = field(default_factory=dict)
    roles: Mapping[str, Policy] = field(default_factory=dict)

    def choose(self, project: ProjectId, roles: Sequence[str] = ()) -> Policy:
        """Return the policy that holds for somebody with ``roles`` in ``project``."""
        for role in roles:
            if role in self.roles:
                return self.roles[role]
        return self.projects.get(project, self.default)


def refusals(policy: Policy, request: Request, history: Sequence[Booking], now: datetime) -> list[Refusal]:
    """Return every rule of ``policy`` that refuses ``request``; ``history`` is the user's bookings, all states."""
    others = [b for b in history if request.booking is None or b.id != request.booking.id]
    found = (rule(policy, request, others, now) for rule in _RULES)
    return [refusal for refusal in found if refusal is not None]


def latest_end(
    policy: Policy, booking: Booking, history: Sequence[Booking], now: datetime
) -> datetime | None:
    """Return the latest end that an extension could have by policy alone; None if there is no limit."""
    limits = []
    if policy.max_duration is not None:
        limits.append(booking.interval.start + policy.max_duration)
    if policy.horizon is not None:
        limits.append(now + policy.horizon)
    if policy.max_extension is not None:
        limits.append(booking.interval.end + policy.max_extension)
    return min(limits, default=None)


# ---- rules


def _past(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    begun = request.booking is not None and request.interval.start == request.booking.interval.start
    if request.interval.end <= now:
        return Refusal("past", "The end lies in the past.", _at(request.interval.end), f"after {_at(now)}")
    if begun or request.interval.start >= now - TOLERANCE:
        return None
    return Refusal(
        "past", "The start lies in the past.", _at(request.interval.start), f"{_at(now)} or later", now
    )


def _min_duration(
    policy: Policy, request: Request, others: Sequence[Booking], now: datetime
) -> Refusal | None:
    if policy.min_duration is None or request.interval.duration >= policy.min_duration:
        return None
    return Refusal(
        "min-duration",
        "The booking is too short.",
        _length(request.interval.duration),
        f"at least {_length(policy.min_duration)}",
    )


def _max_duration(
    policy: Policy, request: Request, others: Sequence[Booking], now: datetime
) -> Refusal | None:
    if policy.max_duration is None or request.interval.duration <= policy.max_duration:
        return None
    return Refusal(
        "max-duration",
        "The booking is too long.",
        _length(request.interval.duration),
        f"at most {_length(policy.max_duration)}",
    )


def _max_gpus(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    if policy.max_gpus is None or request.gpus <= policy.max_gpus:
        return None
    return Refusal("max-gpus", "Too many GPUs.", str(request.gpus), f"at most {policy.max_gpus}")


def _horizon(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    if policy.horizon is None or request.interval.end <= now + policy.horizon:
        return None
    latest = now + policy.horizon
    return Refusal(
        "horizon",
        "The booking ends too far in the future.",
        _at(request.interval.end),
        f"an end by {_at(latest)}",
        max(now, latest - request.interval.duration) if request.interval.duration <= policy.horizon else None,
    )


def _max_bookings(
    policy: Policy, request: Request, others: Sequence[Booking], now: datetime
) -> Refusal | None:
    live = [b for b in others if b.live and b.interval.end > now]
    if policy.max_bookings is None or request.booking is not None or len(live) < policy.max_bookings:
        return None
    return Refusal(
        "max-bookings",
        "You hold as many bookings as you may.",
        str(len(live) + 1),
        f"at most {policy.max_bookings} active or planned",
        None,
    )


def _overlap(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    mine = [b for b in others if b.live and b.interval.end > now]
    clash = [b for b in mine if b.interval.overlaps(request.interval)]
    if not clash:
        return None
    start = request.interval.start
    for booking in sorted(mine, key=lambda b: b.interval.start):
        if booking.interval.overlaps(Interval(start, start + request.interval.duration)):
            start = booking.interval.end
    return Refusal(
        "overlap",
        "You hold another booking at that time.",
        f"{_at(request.interval.start)} to {_at(request.interval.end)}",
        f"not between {_at(clash[0].interval.start)} and {_at(clash[0].interval.end)}",
        start,
    )


def _cooldown(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    if policy.cooldown is None or request.booking is not None:
        return None
    ends = [end for b in others if (end := _cooldown_end(policy.cooldown, b)) is not None]
    earliest = max((e for e in ends), default=None)
    if earliest is None or request.interval.start >= earliest:
        return None
    return Refusal(
        "cool-down",
        "Your last booking ended too recently.",
        _at(request.interval.start),
        f"{_length(policy.cooldown)} after the last booking",
        earliest,
    )


def _cooldown_end(cooldown: timedelta, booking: Booking) -> datetime | None:
    """Return when a booking's cool-down is over: counted from its end; waived for one that gave time back."""
    if booking.state is BookingState.ENDED and booking.cause is not EndCause.COMPLETED:
        return None if booking.cause is not EndCause.NO_SHOW else (booking.ended_at or booking.interval.end) + cooldown
    return booking.interval.end + cooldown


def _weekly(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    if policy.weekly_gpu_hours is None:
        return None
    asked = _hours(request.interval, request.gpus, request.interval)
    window = Interval(request.interval.end - WEEK, request.interval.end)
    asked = _hours(request.interval, request.gpus, window)
    taken = sum(_hours(b.occupied, b.gpus, window) for b in others if b.occupied is not None)
    if asked + taken <= policy.weekly_gpu_hours:
        return None
    return Refusal(
        "weekly-gpu-hours",
        "Together with your other bookings this is more than the fair share of a week.",
        f"{asked + taken:.1f} GPU-hours in the 7 days to {_at(request.interval.end)}",
        f"at most {policy.weekly_gpu_hours:.1f} GPU-hours in any 7 days",
    )


def _extension(policy: Policy, request: Request, others: Sequence[Booking], now: datetime) -> Refusal | None:
    if request.purpose != "extend" or request.booking is None or policy.max_extension is None:
        return None
    added = request.interval.end - request.booking.interval.end
    if added <= policy.max_extension:
        return None
    return Refusal(
        "max-extension", "That extension is too long.", _length(added), f"at most {_length(policy.max_extension)}"
    )


_RULES: tuple[Callable[[Policy, Request, Sequence[Booking], datetime], Refusal | None], ...] = (
    _past,
    _min_duration,
    _max_duration,
    _max_gpus,
    _horizon,
    _max_bookings,
    _overlap,
    _cooldown,
    _weekly,
    _extension,
)


def _hours(interval: Interval | None, gpus: int, window: Interval) -> float:
    common = interval.intersection(window) if interval else None
    return 0.0 if common is None else gpus * (common.duration / timedelta(hours=1))


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _length(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    parts = [(seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or "0 s"
