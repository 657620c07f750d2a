"""What a project's quotas say of a wish to book, rule by rule, beside the rules for its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
from itertools import accumulate

from maia_hub.core.bookings import Booking
from maia_hub.core.budgets import Budget, Kind, period
from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import GpuPool, Node
from maia_hub.core.ids import NodeId, PoolId, ProjectId
from maia_hub.core.interval import Interval
from maia_hub.core.projects import Project
from maia_hub.core.rules import Refusal, Request, taken_by

_ALL = NodeId("all")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A project and its bookings, but the one that is changed: those of all its people, in all states.

    Of what is over, as much has to be there as `since` says. ``product`` is what the asked pool's GPUs are called.
    What is reckoned from the bookings is reckoned once: there may be thousands, and a refusal asks again and again.
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
        ends = [b.latest(booking.interval.start, booking.gpus) for _, b in self.budgets.values()]
        ends.append(self._crowded(booking))
        return min((end for end in ends if end is not None), default=None)

    @cached_property
    def budgets(self) -> Mapping[Kind, tuple[float, Budget]]:
        """The GPU-hours of each week and month that are counted: how many there are, and what is left of them."""
        limits: dict[Kind, float | None] = {
            "week": self.project.hours_per_week,
            "month": self.project.hours_per_month,
        }
        return {
            kind: (limit, Budget(kind, self.zone, self.taken, limit))
            for kind, limit in limits.items()
            if limit is not None
        }

    @cached_property
    def taken(self) -> list[tuple[Interval, int]]:
        """When its bookings take how many GPUs."""
        return taken_by(self.others)

    @cached_property
    def at_once(self) -> Calendar:
        """Its limit of GPUs at a time as a node, with its bookings on it."""
        calendar = Calendar([Node(_ALL, PoolId(_ALL), self.project.gpus or 0)])
        for interval, gpus in self.taken:
            calendar.take(_ALL, interval, gpus)
        return calendar

    def _crowded(self, booking: Booking) -> datetime | None:
        """Return when others begin beside which the project would hold too many GPUs at a time."""
        if self.project.gpus is None:
            return None
        left, start = self.project.gpus - booking.gpus, booking.interval.start
        return next((at for at, gpus in _levels(self.taken, start) if gpus > left), None)


def since(moment: datetime, zone: tzinfo) -> datetime:
    """Return from when on bookings count for a wish that begins then: its week, and its month."""
    return min(period("week", moment, zone).start, period("month", moment, zone).start)


def may_book(project: Project, pool: GpuPool) -> bool:
    """Tell whether a project may book GPUs of a pool."""
    return _listed(project, pool.id, pool.product)


def at_a_time(taken: Sequence[tuple[Interval, int]], interval: Interval) -> int:
    """Return how many GPUs are taken at most at any one moment of an interval."""
    near = [(i, gpus) for i, gpus in taken if i.overlaps(interval)]
    return max(gpus for _, gpus in _levels(near, interval.start))


def _levels(taken: Sequence[tuple[Interval, int]], start: datetime) -> Iterator[tuple[datetime, int]]:
    """Yield from ``start`` on when another number of GPUs is taken, and which."""
    changes: dict[datetime, int] = {start: 0}
    for interval, gpus in taken:
        if interval.end > start:
            begin = max(interval.start, start)
            changes[begin] = changes.get(begin, 0) + gpus
            changes[interval.end] = changes.get(interval.end, 0) - gpus
    moments = sorted(changes)
    yield from zip(moments, accumulate(changes[at] for at in moments), strict=True)


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
    together = at_a_time(standing.taken, request.interval) + request.gpus
    if together > limit:
        free = standing.at_once.next_slot(request.gpus, request.interval.duration, request.interval.start)
        yield Refusal(
            "project-gpus",
            f"Together with its other bookings the project {standing.name} would hold too many GPUs at a time.",
            f"{together} GPUs at a time",
            f"at most {limit}",
            free[1].start if free else None,
        )


def _hours(standing: Standing, request: Request) -> Iterator[Refusal]:
    for kind, (limit, budget) in standing.budgets.items():
        if budget.allows(request.interval, request.gpus):
            continue
        worst = budget.worst(request.interval, request.gpus)
        first = worst.period.start.astimezone(standing.zone)
        when = f"the week from Monday, {first:%Y-%m-%d}" if kind == "week" else f"{first:%B %Y}"
        yield Refusal(
            "project-weekly-hours" if kind == "week" else "project-monthly-hours",
            f"Together with its other bookings the project {standing.name} would take more than its GPU-hours "
            f"of a {kind}.",
            f"{worst.hours:.1f} GPU-hours in {when}",
            f"at most {limit:.1f} GPU-hours in a calendar {kind}",
            budget.earliest(request.interval, request.gpus),
        )


_RULES: tuple[Callable[[Standing, Request], Iterator[Refusal]], ...] = (_products, _gpus, _hours)
