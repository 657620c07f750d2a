"""What a year was like: how much of the GPUs was used, who waited how long, and how evenly it was shared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median, quantiles

from maia_hub.core.ids import UserName
from maia_hub.core.interval import Interval
from maia_hub.simulation.department import HEAVY, Department
from maia_hub.simulation.year import Outcome

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """One year under one regime; shares are from 0 to 1, times in hours.

    - ``utilisation``: GPU-hours that were really used, of all there were; ``booked``: those that were held.
    - ``served``: wishes that got a booking in their time, of all wishes.
    - ``wait_p50``, ``wait_p95``: from the wanted start to the booking's, of those who got one.
    - ``gini``: of the GPU-hours that people used; ``gini_wanted``: of those that they wished for; ``gini_served``: of
      the part of them that each person got.
    - ``heavy``: the part of the used GPU-hours that heavy users had.
    """

    wishes: int
    utilisation: float
    booked: float
    served: float
    wait_p50: float
    wait_p95: float
    gini: float
    gini_wanted: float
    gini_served: float
    heavy: float


def gini(values: Iterable[float]) -> float:
    """Return the Gini coefficient: 0 if all have the same, near 1 if one has everything.

    G = Σ (2i − n − 1) x_i / (n Σ x_i), the values x_1 … x_n in ascending order: half of the mean difference between any
    two, in parts of the mean (C. Damgaard, J. Weiner: Describing inequality in plant size or fecundity. Ecology 81,
    2000, 1139–1142). People who got nothing count as 0.
    """
    ordered = sorted(values)
    n, total = len(ordered), sum(ordered)
    if not total:
        return 0.0
    return sum((2 * i - n - 1) * x for i, x in enumerate(ordered, start=1)) / (n * total)


def measured(department: Department, outcomes: Sequence[Outcome]) -> Measures:
    """Measure a year."""
    year = department.span
    there = sum(nodes * each for _, _, nodes, each in department.pools) * (year.duration / HOUR)
    used = hours_of(department, outcomes)
    wanted = dict.fromkeys(used, 0.0)
    for outcome in outcomes:
        if outcome.wish.withdrawn is None and not outcome.wish.absent:
            wanted[outcome.wish.user] += outcome.wish.need / HOUR * outcome.wish.gpus
    kinds = {user: kind.name for user, kind in department.staff()}
    waits = [
        (outcome.booking.interval.start - outcome.wish.wanted) / HOUR
        for outcome in outcomes
        if outcome.booking is not None
    ]
    return Measures(
        wishes=len(outcomes),
        utilisation=sum(used.values()) / there,
        booked=sum(_hours(o.booking.occupied if o.booking else None, year) * o.wish.gpus for o in outcomes)
        / there,
        served=len(waits) / len(outcomes),
        wait_p50=median(waits),
        wait_p95=quantiles(waits, n=20, method="inclusive")[-1],
        gini=gini(used.values()),
        gini_wanted=gini(wanted.values()),
        gini_served=gini(used[user] / hours for user, hours in wanted.items() if hours),
        heavy=sum(hours for user, hours in used.items() if kinds[user] == HEAVY) / sum(used.values()),
    )


def hours_of(department: Department, outcomes: Sequence[Outcome]) -> dict[UserName, float]:
    """Return how many GPU-hours of the year everybody really used."""
    used = {user: 0.0 for user, _ in department.staff()}
    for outcome in outcomes:
        used[outcome.wish.user] += _hours(outcome.used, department.span) * outcome.wish.gpus
    return used


def _hours(interval: Interval | None, year: Interval) -> float:
    common = interval.intersection(year) if interval else None
    return common.duration / HOUR if common else 0.0
