"""What a project's quotas say of a wish to book, rule by rule, beside the rules for its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from maia_hub.core.bookings import Booking
from maia_hub.core.budgets import KINDS, Budget, Kind, period
from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import GpuPool, Node
from maia_hub.core.ids import NodeId, PoolId, ProjectId
from maia_hub.core.interval import Interval
from maia_hub.core.projects import Project
from maia_hub.core.rules import Refusal, Request, taken_by

_ALL = NodeId("all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A project and its bookings, but the one that is changed: those of all its people, in all states.

    Of what is over, as much has to be there as `since` says. ``product`` is what the asked pool's GPUs are called.
    """

    name: ProjectId
    project: Project
    others: Sequence[Booking]
    product: str
    zone: tzinfo

    def refusals(self, request: Request) -> list[Refusal]:
        """Return every quota that refuses a wish; what a booking has already, it keeps."""
        if _within(request):
            return []
        return [found for rule in _RULES for found in rule(self, request)]

    def latest_end(self, booking: Booking) -> datetime | None:
        """Return the latest end that an extension could have; None if no quota limits it."""
        if not _listed(self.project, booking.pool, self.product):
            return booking.interval.end
        budgets = filter(None, map(self.budget, KINDS))
        ends = [budget.latest(booking.interval.start, booking.gpus) for budget in budgets]
        ends.append(self._crowded(booking))
        return min((end for end in ends if end is not None), default=None)

    def budget(self, kind: Kind) -> Budget | None:
        """Return what is left of the GPU-hours of each week or month; None if nobody counts them."""
        limit = self.project.hours_per_week if kind == "week" else self.project.hours_per_month
        return None if limit is None else Budget(kind, self.zone, taken_by(self.others), limit)

    def _crowded(self, booking: Booking) -> datetime | None:
        """Return when others begin beside which the project would hold too many GPUs at a time."""
        if self.project.gpus is None:
            return None
        left = self.project.gpus - booking.gpus
        later = sorted(i.start for i, _ in taken_by(self.others) if i.start > booking.interval.start)
        moments = (Interval(at, at + timedelta.resolution) for at in (booking.interval.start, *later))
        return next((m.start for m in moments if at_a_time(self.others, m) > left), None)


def since(moment: datetime, zone: tzinfo) -> datetime:
    """Return from when on bookings count for a wish that begins then: its week, and its month."""
    return min(period("week", moment, zone).start, period("month", moment, zone).start)


def may_book(project: Project, pool: GpuPool) -> bool:
    """Tell whether a project may book GPUs of a pool."""
    return _listed(project, pool.id, pool.product)


def at_a_time(others: Sequence[Booking], interval: Interval) -> int:
    """Return how many GPUs bookings take at most at any one moment of an interval."""
    taken = [(i, gpus) for i, gpus in taken_by(others) if i.overlaps(interval)]
    moments = {interval.start, *(i.start for i, _ in taken if interval.contains(i.start))}
    return max(sum(gpus for i, gpus in taken if i.contains(moment)) for moment in moments)


def _within(request: Request) -> bool:
    has = request.booking
    return (
        has is not None
        and has.pool == request.pool
        and request.gpus <= has.gpus
        and has.interval.start <= request.interval.start
        and request.interval.end <= has.interval.end
    )


def _listed(project: Project, pool: PoolId, product: str) -> bool:
    wanted = None if project.products is None else [each.casefold() for each in project.products]
    return wanted is None or any(each == pool.casefold() or each in product.casefold() for each in wanted)


# ---- rules: each names the first start from the asked one on that would pass it, if any would


def _products(standing: Standing, request: Request) -> Iterator[Refusal]:
    if _listed(standing.project, request.pool, standing.product):
        return
    allowed = " or ".join(standing.project.products or ()) or "none"
    yield Refusal(
        "project-products",
        f"The project {standing.name} may not book this product.",
        standing.product,
        allowed,
    )


def _gpus(standing: Standing, request: Request) -> Iterator[Refusal]:
    limit = standing.project.gpus
    if limit is None:
        return
    together = at_a_time(standing.others, request.interval) + request.gpus
    if together > limit:
        yield Refusal(
            "project-gpus",
            f"Together with its other bookings the project {standing.name} would hold too many GPUs at a time.",
            f"{together} GPUs at a time",
            f"at most {limit}",
            _free_from(standing.others, limit, request),
        )


def _free_from(others: Sequence[Booking], limit: int, request: Request) -> datetime | None:
    """Return when a project has GPUs left of its limit: the limit is a node, and its bookings are on it."""
    calendar = Calendar([Node(_ALL, PoolId(_ALL), limit)])
    for interval, gpus in taken_by(others):
        calendar.take(_ALL, interval, gpus)
    found = calendar.next_slot(request.gpus, request.interval.duration, request.interval.start)
    return found[1].start if found else None


def _hours(standing: Standing, request: Request) -> Iterator[Refusal]:
    for kind in KINDS:
        budget = standing.budget(kind)
        if budget is None or budget.allows(request.interval, request.gpus):
            continue
        limit = standing.project.hours_per_week if kind == "week" else standing.project.hours_per_month
        worst = budget.worst(request.interval, request.gpus)
        first = worst.period.start.astimezone(standing.zone)
        when = f"the week from Monday, {first:%Y-%m-%d}" if kind == "week" else f"{first:%B %Y}"
        yield Refusal(
            f"project-{kind}ly-hours",
            f"Together with its other bookings the project {standing.name} would take more than its GPU-hours "
            f"of a {kind}.",
            f"{worst.hours:.1f} GPU-hours in {when}",
            f"at most {limit:.1f} GPU-hours in a calendar {kind}",
            budget.earliest(request.interval, request.gpus),
        )


_RULES: tuple[Callable[[Standing, Request], Iterator[Refusal]], ...] = (_products, _gpus, _hours)
