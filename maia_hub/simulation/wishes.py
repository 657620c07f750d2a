"""What people wish for over a year, drawn by chance: the same for every policy."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil, log

from maia_hub.core.ids import PoolId, UserName
from maia_hub.simulation.department import DAY, Department, Kind

AT_ONCE, ABSENT, WITHDRAWN, TIDY = 0.5, 0.04, 0.08, 0.6
"""How often people want to begin at once, do not come, cancel, and give back what they no longer need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A session that somebody would like to have.

    She asks at ``asked`` to begin at ``wanted``, or up to ``latest``. She books ``length``, and really needs
    ``need`` of it. ``withdrawn``: she cancels after that part of the time up to the start; ``absent``: she never
    comes; ``tidy``: she releases what she no longer needs.
    """

    number: int
    user: UserName
    kind: str
    pool: PoolId
    gpus: int
    asked: datetime
    wanted: datetime
    latest: datetime
    need: timedelta
    length: timedelta
    withdrawn: float | None
    absent: bool
    tidy: bool


def wishes_of(department: Department, seed: int) -> list[Wish]:
    """Return the wishes of everybody over the year, as they are asked; everybody has chances of her own."""
    drawn = [
        wish
        for user, kind in department.staff()
        for wish in _of_one(department, user, kind, random.Random(f"{seed} {user}"))  # noqa: S311 - no secret
    ]
    drawn.sort(key=lambda wish: (wish.asked, wish.user))
    return [replace(wish, number=number) for number, wish in enumerate(drawn)]


def _of_one(department: Department, user: UserName, kind: Kind, chance: random.Random) -> Iterator[Wish]:
    appetite = chance.lognormvariate(0, 0.4)
    for i in range(department.days):
        day = department.first + i * DAY
        if chance.random() < appetite * department.rate(kind, day):
            yield _wish(department, user, kind, day, chance)


def _wish(department: Department, user: UserName, kind: Kind, day: date, chance: random.Random) -> Wish:
    asked = wanted = department.moment(day, _hour(kind, chance))
    if chance.random() > AT_ONCE:
        later = day + ceil(chance.expovariate(1 / kind.ahead)) * DAY
        wanted = department.moment(later, _hour(kind, chance))
    largest = max(each for _, _, _, each in department.pools)
    gpus = min(chance.choices((1, 2, 4, 8), kind.gpus)[0], largest)
    fitting = [each >= gpus for _, _, _, each in department.pools]
    pool = chance.choices(department.pools, [w * f for w, f in zip(kind.pools, fitting, strict=True)])[0][0]
    need = _minutes(60 * min(chance.lognormvariate(log(kind.hours), kind.spread), 14 * 24))
    return Wish(
        number=0,
        user=user,
        kind=kind.name,
        pool=PoolId(pool),
        gpus=gpus,
        asked=asked,
        wanted=wanted,
        latest=wanted + _minutes(kind.patience * 24 * 60 * chance.uniform(0.25, 1.75)),
        need=need,
        length=_minutes(need / timedelta(minutes=1) * chance.uniform(1, 1.6), 30),
        withdrawn=chance.random() if chance.random() < WITHDRAWN else None,
        absent=chance.random() < ABSENT,
        tidy=chance.random() < TIDY,
    )


def _hour(kind: Kind, chance: random.Random) -> float:
    return chance.triangular(*kind.hour)


def _minutes(minutes: float, step: int = 5) -> timedelta:
    """Return so many minutes, as people say them: in whole steps."""
    return timedelta(minutes=max(1, ceil(minutes / step)) * step)
