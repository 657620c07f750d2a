"""GPU-hours, summed where the rows are: a year of a large department is one answer, not all its bookings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Float,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from maia_hub.core.bookings import BookingState
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.interval import Interval
from maia_hub.store.tables import bookings, lease_gpus, leases


class _Hour(FunctionElement[float]):
    """A moment as hours since a moment long ago, the same one for all: numbers are compared and summed sooner."""

    type = Float()
    inherit_cache = True
    name = "hour"


@compiles(_Hour, "sqlite")
def _sqlite(element: _Hour, compiler: Any, **options: Any) -> str:
    return f"(julianday({compiler.process(element.clauses, **options)}) * 24.0)"


@compiles(_Hour, "postgresql")
def _postgresql(element: _Hour, compiler: Any, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"(CAST(EXTRACT(EPOCH FROM {moment}) AS double precision) / 3600.0)"


@dataclass(frozen=True)
class Seen:
    """Whose hours are counted: a user's own and those of projects, everybody's if ``user`` is None; ``only`` of one."""

    user: UserName | None = None
    projects: Collection[ProjectId] = ()
    only: ProjectId | None = None


class Sums(NamedTuple):
    """Hours of one group in one part of the time: what was booked, what leases held, what they held of bookings."""

    key: tuple[Any, ...]
    part: int
    booked: float
    used: float
    held: float


_KEYS = {"user": "user", "project": "project", "product": "pool"}
_KINDS = ("booked", "used", "held")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is summed: by any of user, project and product (told by its pool), in the parts that ``cuts`` make."""

    interval: Interval
    cuts: Sequence[datetime]
    by: Sequence[str]
    seen: Seen


@dataclass(frozen=True)
class Reports:
    """Sums over bookings and leases."""

    connection: Connection

    def sums(self, asked: Asked) -> list[Sums]:
        """Return the GPU-hours within an interval that has passed; what is held counts up to the interval's end.

        All is read once and summed where it is: a stretch counts in each part for as long as it lies in it.
        """
        rows = union_all(_booked(asked), _used(asked), _held(asked)).subquery()
        parts = self._parts(asked)
        keys = [rows.c[each] for each in asked.by]
        hours = _earlier(rows.c.end, parts.c.end) - _later(rows.c.start, parts.c.start)
        overlap = and_(rows.c.start < parts.c.end, rows.c.end > parts.c.start)
        summed = (
            select(*keys, parts.c.part, *(func.sum(hours * rows.c[kind]) for kind in _KINDS))
            .select_from(rows.join(parts, overlap))
            .group_by(*keys, parts.c.part)
        )
        return [
            Sums(tuple(key), part, booked, used, held)
            for *key, part, booked, used, held in self.connection.execute(summed)
        ]

    def _parts(self, asked: Asked) -> CTE:
        """Return the parts of the time, as the database reckons moments: what touches a part must not lie in it."""
        edges = [asked.interval.start, *asked.cuts, asked.interval.end]
        hours = self.connection.execute(select(*(_Hour(_moment(edge)) for edge in edges))).one()
        each = (
            select(literal(part).label("part"), literal(start).label("start"), literal(end).label("end"))
            for part, (start, end) in enumerate(pairwise(hours))
        )
        return union_all(*each).cte("parts")


def _booked(asked: Asked) -> Select[Any]:
    interval = asked.interval
    until = bookings.c.occupied_until
    return _rows("booked", asked, bookings, bookings.c.starts_at, until, bookings.c.gpus).where(
        bookings.c.state != BookingState.REQUESTED.value,
        bookings.c.starts_at < interval.end,
        until > interval.start,
        until > bookings.c.starts_at,
    )


def _used(asked: Asked) -> Select[Any]:
    end = func.coalesce(leases.c.released, _moment(asked.interval.end))
    rows = _rows("used", asked, leases, leases.c.since, end, literal(1))
    return rows.select_from(leases.join(lease_gpus)).where(*_holding(asked.interval))


def _held(asked: Asked) -> Select[Any]:
    """Count what a booking's leases held of it for whoever has booked: no more than what was booked."""
    end = func.coalesce(leases.c.released, _moment(asked.interval.end))
    rows = _rows(
        "held", asked, bookings, leases.c.since, _earlier(end, bookings.c.occupied_until), literal(1)
    )
    return rows.select_from(leases.join(lease_gpus).join(bookings, leases.c.booking == bookings.c.id)).where(
        *_holding(asked.interval),
        leases.c.since < bookings.c.occupied_until,
        bookings.c.occupied_until > asked.interval.start,
    )


def _rows(what: str, asked: Asked, whose: Any, start: Any, end: Any, gpus: Any) -> Select[Any]:
    """Return stretches with the GPUs that count in them as ``what``, one of the kinds of sums."""
    return select(
        *(whose.c[_KEYS[each]].label(each) for each in asked.by),
        _Hour(start).label("start"),
        _Hour(end).label("end"),
        *((gpus if kind == what else literal(0)).label(kind) for kind in _KINDS),
    ).where(_may_see(whose, asked.seen))


def _holding(interval: Interval) -> Iterable[ColumnElement[bool]]:
    """Return what is true of leases that held GPUs at some moment of an interval."""
    unreleased = or_(leases.c.released.is_(None), leases.c.released > interval.start)
    return leases.c.since < interval.end, unreleased


def _earlier(one: Any, other: Any) -> ColumnElement[Any]:
    return case((one < other, one), else_=other)


def _later(one: Any, other: Any) -> ColumnElement[Any]:
    return case((one > other, one), else_=other)


def _moment(value: datetime) -> ColumnElement[datetime]:
    return literal(value, leases.c.since.type)


def _may_see(table: Any, seen: Seen) -> ColumnElement[bool]:
    asked = true() if seen.only is None else table.c.project == seen.only
    if seen.user is None:
        return asked
    led = table.c.project.in_(sorted(seen.projects)) if seen.projects else false()
    return and_(asked, or_(table.c.user == seen.user, led))
