"""GPU-hours, summed where the rows are: a year of a large department is one answer, not all its bookings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    Subquery,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from maia_hub.core.bookings import BookingState
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.interval import Interval
from maia_hub.store.tables import bookings, lease_gpus, leases


class _Hours(FunctionElement[float]):
    """The hours between two moments: ``_Hours(earlier, later)``."""

    type = Float()
    inherit_cache = True
    name = "hours"


@compiles(_Hours, "sqlite")
def _sqlite(element: _Hours, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(each, **options) for each in element.clauses)
    return f"((julianday({end}) - julianday({start})) * 24.0)"


@compiles(_Hours, "postgresql")
def _postgresql(element: _Hours, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(each, **options) for each in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({end} - {start})) / 3600.0 AS double precision)"


@dataclass(frozen=True)
class Seen:
    """Whose hours are counted: a user's own and those of projects, everybody's if ``user`` is None; ``only`` of one."""

    user: UserName | None = None
    projects: Collection[ProjectId] = ()
    only: ProjectId | None = None


@dataclass(frozen=True)
class Sums:
    """Hours of one group in one part of the time: what was booked, what leases held, what they held of bookings."""

    key: tuple[Any, ...]
    part: int
    booked: float = 0.0
    used: float = 0.0
    held: float = 0.0


_KEYS = {"user": "user", "project": "project", "product": "pool"}
_HOUR = timedelta(hours=1)


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
        """Return the GPU-hours within an interval that has passed; what is held counts up to the interval's end."""
        found: dict[tuple[tuple[Any, ...], int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for name, rows in (("booked", _booked(asked)), ("used", _used(asked)), ("held", _held(asked))):
            for key, part, hours in self._of(rows.subquery(), asked):
                found[key, part][name] += hours
        return [Sums(key, part, **hours) for (key, part), hours in found.items()]

    def _of(self, rows: Subquery, asked: Asked) -> Iterator[tuple[tuple[Any, ...], int, float]]:
        """Sum up the rows that lie within one part where they are; cut those few here that reach over several."""
        keys = [rows.c[each] for each in asked.by]
        whole = (
            select(*keys, rows.c.part, func.sum(_Hours(rows.c.start, rows.c.end) * rows.c.gpus))
            .where(rows.c.part == rows.c.last)
            .group_by(*keys, rows.c.part)
        )
        for *key, part, hours in self.connection.execute(whole):
            yield tuple(key), part, float(hours)
        across = select(*keys, rows.c.part, rows.c.last, rows.c.start, rows.c.end, rows.c.gpus)
        for *key, part, last, start, end, gpus in self.connection.execute(
            across.where(rows.c.part < rows.c.last)
        ):
            edges = [start, *asked.cuts[part:last], end]
            for each, (left, right) in enumerate(pairwise(edges)):
                yield tuple(key), part + each, (right - left) / _HOUR * gpus


def _booked(asked: Asked) -> Select[Any]:
    interval = asked.interval
    return _rows(asked, bookings, bookings.c.starts_at, bookings.c.occupied_until, bookings.c.gpus).where(
        bookings.c.state != BookingState.REQUESTED.value,
        bookings.c.starts_at < interval.end,
        bookings.c.occupied_until > interval.start,
        bookings.c.occupied_until > bookings.c.starts_at,
    )


def _used(asked: Asked) -> Select[Any]:
    rows = _rows(asked, leases, leases.c.since, leases.c.released, literal(1))
    return rows.select_from(leases.join(lease_gpus)).where(*_holding(asked.interval))


def _held(asked: Asked) -> Select[Any]:
    """Count what a booking's leases held of it for whoever has booked: no more than what was booked."""
    end = _moment(asked.interval.end)
    released = _earlier(func.coalesce(leases.c.released, end), bookings.c.occupied_until)
    rows = _rows(asked, bookings, leases.c.since, released, literal(1))
    return rows.select_from(leases.join(lease_gpus).join(bookings, leases.c.booking == bookings.c.id)).where(
        *_holding(asked.interval),
        leases.c.since < bookings.c.occupied_until,
        bookings.c.occupied_until > asked.interval.start,
    )


def _rows(asked: Asked, whose: Any, start: Any, end: Any, gpus: Any) -> Select[Any]:
    """Return stretches, cut to the interval, with the parts in which they begin and end; none is NULL."""
    begin, finish = _moment(asked.interval.start), _moment(asked.interval.end)
    first = case((start > begin, start), else_=begin)
    last = _earlier(end, finish)
    return select(
        *(whose.c[_KEYS[each]].label(each) for each in asked.by),
        first.label("start"),
        last.label("end"),
        gpus.label("gpus"),
        _part([start < _moment(cut) for cut in asked.cuts]).label("part"),
        _part([end <= _moment(cut) for cut in asked.cuts]).label("last"),
    ).where(_may_see(whose, asked.seen))


def _part(before: Sequence[ColumnElement[bool]]) -> ColumnElement[int]:
    """Return the number of the part that the first of these is true of."""
    if not before:
        return literal(0)
    return case(*((each, number) for number, each in enumerate(before)), else_=len(before))


def _holding(interval: Interval) -> Iterable[ColumnElement[bool]]:
    """Return what is true of leases that held GPUs at some moment of an interval."""
    unreleased = or_(leases.c.released.is_(None), leases.c.released > interval.start)
    return leases.c.since < interval.end, unreleased


def _earlier(one: Any, other: Any) -> ColumnElement[Any]:
    """Return the earlier moment; the other one where one is NULL."""
    return case((one < other, one), else_=other)


def _moment(value: datetime) -> ColumnElement[datetime]:
    return literal(value, leases.c.since.type)


def _may_see(table: Any, seen: Seen) -> ColumnElement[bool]:
    asked = true() if seen.only is None else table.c.project == seen.only
    if seen.user is None:
        return asked
    led = table.c.project.in_(sorted(seen.projects)) if seen.projects else false()
    return and_(asked, or_(table.c.user == seen.user, led))
