"""The rules a booking must pass, set by set; a refusal explains itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking
from maia_hub.core.fairshare import FairShare
from maia_hub.core.ids import ProjectId
from maia_hub.core.interval import Interval
from maia_hub.core.quotas import Standing
from maia_hub.core.rules import RULES, TOLERANCE, Case, Policy, Refusal, Request, cooldown_after, taken_by
from maia_hub.core.waitlist import Waiting

__all__ = [
    "CLASS",
    "PRESETS",
    "TOLERANCE",
    "Policy",
    "PolicySet",
    "Refusal",
    "Request",
    "broken",
    "cooldown_after",
    "latest_end",
    "refusals",
]

PRESETS: dict[str, Policy] = {
    "classic": Policy(
        name="classic",
        min_duration=timedelta(days=1),
        max_duration=timedelta(days=14),
        max_bookings=1,
        horizon=timedelta(days=90),
        cooldown=timedelta(days=14),
        max_extension=timedelta(days=7),
    ),
    "open": Policy(
        name="open",
        min_duration=timedelta(minutes=30),
        max_duration=timedelta(days=14),
        horizon=timedelta(days=90),
        weekly_gpu_hours=336.0,  # two GPUs around the clock
    ),
    "demo": Policy(
        name="demo",
        min_duration=timedelta(seconds=10),
        max_duration=timedelta(days=14),
        horizon=timedelta(days=90),
    ),
}

CLASS = Policy(name="class")
"""Of a class's bookings: who leads a project gives them, so the rules for its people do not count; its quotas do."""


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The default policy and what overrides it: a role's goes before a project's; how the waiting list is run; whether
    the staff of classes open their students' servers.
    """

    default: Policy
    projects: Mapping[ProjectId, Policy] = field(default_factory=dict)
    roles: Mapping[str, Policy] = field(default_factory=dict)
    waiting: Waiting = field(default_factory=Waiting)
    staff_entry: bool = True

    def choose(self, project: ProjectId, roles: Sequence[str] = ()) -> Policy:
        """Return the policy of the first of ``roles`` that has one, else the project's, else the default."""
        for role in roles:
            if role in self.roles:
                return self.roles[role]
        return self.projects.get(project, self.default)


def refusals(
    policy: Policy,
    request: Request,
    history: Sequence[Booking],
    now: datetime,
    standing: Standing | None = None,
) -> list[Refusal]:
    """Return every rule of ``policy`` that refuses ``request``, and every quota of its project.

    ``history`` is the user's bookings, all states; ``standing`` is how the project stands, None if it has no quotas.
    """
    case = _case(policy, request, history, now, standing)
    found = _broken(case)
    if not found:
        return []
    earliest = _earliest(case)
    return [replace(refusal, earliest=earliest) for refusal in found]


def broken(
    policy: Policy,
    request: Request,
    history: Sequence[Booking],
    now: datetime,
    standing: Standing | None = None,
) -> list[Refusal]:
    """Return the same without looking for the earliest start that passes: each names its own rule's."""
    return _broken(_case(policy, request, history, now, standing))


def latest_end(
    policy: Policy,
    booking: Booking,
    history: Sequence[Booking],
    now: datetime,
    standing: Standing | None = None,
) -> datetime | None:
    """Return the latest end that an extension could have by policy and quotas alone; None if there is no limit.

    If it cannot be extended at all, the end it has is returned.
    """
    others = [b for b in history if b.id != booking.id]
    limits = list(_latest_ends(policy, booking, others, now))
    by_quota = standing.latest_end(booking) if standing else None
    limits += [by_quota] if by_quota else []
    latest = max(min(limits), booking.interval.end) if limits else None
    if policy.weekly_gpu_hours is None:
        return latest
    share = FairShare(taken_by(others), policy.weekly_gpu_hours)
    last = max((i.end for i, _ in taken_by(others)), default=now)
    far = latest or max(last, booking.interval.end) + timedelta(days=14)
    if share.allows(Interval(booking.interval.start, far), booking.gpus):
        return latest
    return _longest(share, booking, far)


def _case(
    policy: Policy, request: Request, history: Sequence[Booking], now: datetime, standing: Standing | None
) -> Case:
    others = [b for b in history if request.booking is None or b.id != request.booking.id]
    return Case(policy, request, others, now, standing.refusals if standing else None)


def _broken(case: Case) -> list[Refusal]:
    found = (rule(case) for rule in RULES)
    broken = [refusal for refusal in found if refusal is not None]
    return [*broken, *case.quotas(case.request)] if case.quotas else broken


def _earliest(case: Case) -> datetime | None:
    if not case.request.starts_anew:
        return None
    later = _first_passing(case)
    if later is None and case.request.interval.start > case.now:
        return _first_passing(_shifted(case, case.now))
    return later


def _first_passing(case: Case) -> datetime | None:
    """Go from start to start, each the first that the refusing rules name: nothing in between can pass."""
    while found := _broken(case):
        starts = [refusal.earliest for refusal in found if refusal.earliest is not None]
        if len(starts) < len(found) or max(starts) <= case.request.interval.start:
            return None
        case = _shifted(case, max(starts))
    return case.request.interval.start


def _shifted(case: Case, start: datetime) -> Case:
    interval = Interval(start, start + case.request.interval.duration)
    return replace(case, request=replace(case.request, interval=interval))


def _latest_ends(
    policy: Policy, booking: Booking, others: Sequence[Booking], now: datetime
) -> Iterator[datetime]:
    """Yield the limits that are a plain moment."""
    if policy.max_duration is not None:
        yield booking.interval.start + policy.max_duration
    if policy.horizon is not None:
        yield now + policy.horizon
    if policy.max_extension is not None:
        yield booking.interval.end + policy.max_extension
    for other in (b for b in others if b.live):
        if other.pool == booking.pool and other.interval.end > booking.interval.start:
            yield other.interval.start
        if policy.cooldown is not None and other.interval.start > booking.interval.start:
            yield other.interval.start - policy.cooldown


def _longest(share: FairShare, booking: Booking, too_far: datetime) -> datetime:
    """Halve the way between an end that is fair and one that is not, down to the microsecond."""
    fair, tick = booking.interval.end, timedelta(microseconds=1)
    while too_far - fair > tick:
        middle = fair + (too_far - fair) // 2
        if share.allows(Interval(booking.interval.start, middle), booking.gpus):
            fair = middle
        else:
            too_far = middle
    return fair
