"""Who and what there is: kinds of people, pools of GPUs, terms and deadlines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from maia_hub.core.gpus import GpuPool, Node
from maia_hub.core.ids import NodeId, PoolId, UserName
from maia_hub.core.interval import Interval

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of people, and what they are like.

    - ``share``: of all people. ``per_week``: how often each of them wishes for a session.
    - ``hours``: the median of what a session needs; the lengths are log-normal with ``spread`` as their sigma.
    - ``gpus``: how often 1, 2, 4 and 8 GPUs are wanted. ``pools``: how often each pool is, in the order of the pools.
    - ``hour``: earliest, latest and usual hour of a start. ``ahead``: how many days ahead, on average, those ask who
      do not want to begin at once. ``patience``: for how many days after the wanted start a session is of use.
    - ``terms``: they come in terms alone. ``deadlines``: they wish for more before deadlines, that many times more.
    """

    name: str
    share: float
    per_week: float
    hours: float
    spread: float
    gpus: tuple[int, int, int, int]
    pools: tuple[int, int, int]
    hour: tuple[float, float, float]
    ahead: float
    patience: float
    terms: bool = False
    deadlines: float = 1.0


HEAVY = "heavy"
KINDS = (
    Kind(
        name=HEAVY,
        share=0.06,
        per_week=2.6,
        hours=20,
        spread=0.7,
        gpus=(20, 35, 35, 10),
        pools=(75, 25, 0),
        hour=(8, 23, 18),
        ahead=2,
        patience=4,
        deadlines=2.5,
    ),
    Kind(
        name="regular",
        share=0.24,
        per_week=1.5,
        hours=9,
        spread=0.7,
        gpus=(70, 25, 5, 0),
        pools=(40, 50, 10),
        hour=(7, 22, 16),
        ahead=2,
        patience=2,
        deadlines=2.0,
    ),
    Kind(
        name="light",
        share=0.40,
        per_week=0.5,
        hours=3,
        spread=0.6,
        gpus=(97, 3, 0, 0),
        pools=(15, 45, 40),
        hour=(8, 18, 11),
        ahead=3,
        patience=1,
    ),
    Kind(
        name="student",
        share=0.30,
        per_week=1.5,
        hours=2.5,
        spread=0.5,
        gpus=(100, 0, 0, 0),
        pools=(0, 35, 65),
        hour=(9, 23, 15),
        ahead=1.5,
        patience=0.75,
        terms=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """People, their GPUs, and a year of ``days`` days from ``first`` on.

    ``pools`` are (name, product, nodes, GPUs of each node). Before each of ``deadlines`` three weeks are busy.
    """

    people: int
    pools: tuple[tuple[str, str, int, int], ...]
    first: date = date(2026, 1, 5)
    days: int = 364
    zone: str = "Europe/Stockholm"
    terms: tuple[tuple[date, date], ...] = (
        (date(2026, 1, 19), date(2026, 6, 5)),
        (date(2026, 8, 31), date(2026, 12, 18)),
    )
    deadlines: tuple[date, ...] = (
        date(2026, 2, 26),
        date(2026, 5, 14),
        date(2026, 9, 24),
        date(2026, 11, 13),
    )
    quiet: tuple[tuple[date, date], ...] = ((date(2026, 7, 1), date(2026, 8, 10)),)
    kinds: tuple[Kind, ...] = KINDS

    @property
    def span(self) -> Interval:
        """The year, from midnight to midnight in the department's zone."""
        return Interval(self.moment(self.first, 0), self.moment(self.first + self.days * DAY, 0))

    def moment(self, day: date, hour: float) -> datetime:
        """Return when it is that hour there, in UTC, to the minute."""
        local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone))
        return (local + timedelta(minutes=round(60 * hour))).astimezone(timezone.utc)

    def staff(self) -> Iterator[tuple[UserName, Kind]]:
        """Yield everybody with the kind that she is of."""
        left = self.people
        for kind in self.kinds:
            count = left if kind is self.kinds[-1] else round(kind.share * self.people)
            left -= count
            for number in range(count):
                yield UserName(f"{kind.name}-{number:03}"), kind

    def rate(self, kind: Kind, day: date) -> float:
        """Return how many wishes one of a kind has on a day, on average."""
        if kind.terms and not any(first <= day <= last for first, last in self.terms):
            return 0.0
        rate = kind.per_week / 5.7
        if day.weekday() >= 5:
            rate *= 0.35
        if any(first <= day <= last for first, last in self.quiet):
            rate *= 0.4
        if any(deadline - 21 * DAY <= day <= deadline for deadline in self.deadlines):
            rate *= kind.deadlines
        return rate

    def gpu_pools(self) -> list[GpuPool]:
        """Return the pools as the engine knows them."""
        return [
            GpuPool(
                id=PoolId(name),
                product=product,
                resource="nvidia.com/gpu",
                nodes=tuple(Node(NodeId(f"{name}-{i:02}"), PoolId(name), each) for i in range(nodes)),
                simulated=True,
            )
            for name, product, nodes, each in self.pools
        ]


LARGE = Department(
    people=500,
    pools=(
        ("large", "NVIDIA A100 80GB", 4, 8),
        ("middle", "NVIDIA L40S", 6, 4),
        ("small", "NVIDIA T4", 4, 2),
    ),
)
"""A department of 500 people with 64 GPUs."""

SMALL = Department(
    people=60,
    pools=(
        ("large", "NVIDIA A100 80GB", 1, 4),
        ("middle", "NVIDIA L40S", 1, 3),
        ("small", "NVIDIA T4", 1, 1),
    ),
)
"""A group of 60 people with eight GPUs."""
