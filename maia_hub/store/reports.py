"""GPU-hours, summed where the rows are: a year of a large department is one answer, not all its bookings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
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
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from maia_hub.core.bookings import BookingState
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.interval import Interval
from maia_hub.store.tables import bookings, lease_gpus, leases
from maia_hub.store.types import UtcDateTime


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


class _Earlier(FunctionElement[datetime]):
    """The earlier of two moments."""

    type = UtcDateTime()
    inherit_cache = True
    name = "earlier"


class _Later(FunctionElement[datetime]):
    """The later of two moments."""

    type = UtcDateTime()
    inherit_cache = True
    name = "later"


_NAMES = {("sqlite", _Earlier): "min", ("sqlite", _Later): "max", ("postgresql", _Earlier): "least"}


@compiles(_Earlier)
@compiles(_Later)
def _of_two(element: _Earlier | _Later, compiler: Any, **options: Any) -> str:
    name = _NAMES.get((compiler.dialect.name, type(element)), "greatest")
    return f"{name}({compiler.process(element.clauses, **options)})"


@dataclass(frozen=True)
class Seen:
    """Whose hours are counted: a user's own and those of projects, everybody's if ``user`` is None; ``only`` of one."""

    user: UserName | None = None
    projects: Collection[ProjectId] = ()
    only: ProjectId | None = None


EVERYBODYS = Seen()
_BOOKED, _USED, _HELD = range(3)


class Sums(NamedTuple):
    """Hours of one group in one part of the time: what was booked, what leases held, what they held of bookings."""

    key: tuple[Any, ...]
    part: int
    booked: float
    used: float
    held: float


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
        """Return the GPU-hours within an interval that has passed; what is held counts up to the interval's end.

        All is read once and summed where it is, by the parts in which a stretch begins and ends: what lies in each of
        them follows from the sums.
        """
        edges = self._edges(asked)
        tally = _Tally(edges, len(asked.by))
        tally.add(_BOOKED, self.connection.execute(_booked(asked)))
        if asked.seen == EVERYBODYS:
            tally.add_leased(self.connection.execute(_leased(asked)))
        else:
            tally.add(_USED, self.connection.execute(_used(asked)))
            tally.add(_HELD, self.connection.execute(_held(asked)))
        return [Sums(key, part, *hours) for (key, part), hours in tally.found.items()]

    def _edges(self, asked: Asked) -> list[float]:
        """Return where the parts begin and end, in hours since the interval's start."""
        start = asked.interval.start
        edges = (start, *asked.cuts, asked.interval.end)
        return [(edge - start) / _HOUR for edge in edges]


class _Tally:
    """Hours by groups and parts, from sums over stretches that begin and end in the same parts."""

    def __init__(self, edges: Sequence[float], width: int) -> None:
        self.found: dict[tuple[tuple[Any, ...], int], list[float]] = {}
        self._edges = edges
        self._width = width

    def add(self, kind: int, rows: Iterable[Any]) -> None:
        """Add hours of one kind."""
        for row in rows:
            self._add(kind, tuple(row[: self._width]), *row[self._width :])

    def add_leased(self, rows: Iterable[Any]) -> None:
        """Add what leases held, and what they held of bookings, which may be another one's."""
        width = self._width
        for row in rows:
            used, (first, last, upto, holds) = tuple(row[:width]), row[width : width + 4]
            gpus, starts, ends, held = row[-4:]
            self._add(_USED, used, first, last, gpus, starts, ends)
            if holds:
                other = row[width + 4 : -4]
                booked = tuple(mine if own is None else own for own, mine in zip(other, used, strict=True))
                self._add(_HELD, booked, first, last if upto is None else upto, gpus, starts, held)

    def _add(self, kind: int, key: tuple[Any, ...], *sums: Any) -> None:
        for part, hours in _in_parts(self._edges, *sums):
            self.found.setdefault((key, part), [0.0, 0.0, 0.0])[kind] += hours


def _in_parts(
    edges: Sequence[float], first: int, last: int, gpus: float, starts: float, ends: float
) -> Iterator[tuple[int, float]]:
    """Yield the hours in each part of stretches that all begin in ``first`` and end in ``last``.

    ``starts`` and ``ends`` are the sums of when each of their GPUs is taken and given back.
    """
    if last <= first:
        yield first, ends - starts
        return
    yield first, gpus * edges[first + 1] - starts
    for part in range(first + 1, last):
        yield part, gpus * (edges[part + 1] - edges[part])
    yield last, ends - gpus * edges[last]


def _booked(asked: Asked) -> Select[Any]:
    interval = asked.interval
    start, until = bookings.c.starts_at, bookings.c.occupied_until
    return (
        _summed(asked, bookings, start, until, bookings.c.gpus)
        .where(bookings.c.state != BookingState.REQUESTED.value, start < interval.end, until > interval.start)
        .where(until > start)
    )


def _used(asked: Asked) -> Select[Any]:
    query = _summed(asked, leases, leases.c.since, _released(asked), literal(1))
    return query.select_from(leases.join(lease_gpus)).where(*_holding(asked.interval))


def _held(asked: Asked) -> Select[Any]:
    """Count what a booking's leases held of it for whoever has booked: no more than what was booked."""
    end = _Earlier(_released(asked), bookings.c.occupied_until)
    query = _summed(asked, bookings, leases.c.since, end, literal(1))
    return query.select_from(leases.join(lease_gpus).join(bookings, leases.c.booking == bookings.c.id)).where(
        *_holding(asked.interval),
        leases.c.since < bookings.c.occupied_until,
        bookings.c.occupied_until > asked.interval.start,
    )


def _leased(asked: Asked) -> Select[Any]:
    """Return the sums of `_used` and `_held` at once, for whom all may be seen: leases are read once.

    What a booking has in common with its leases, as almost always, is null in its columns.
    """
    interval, until = asked.interval, bookings.c.occupied_until
    start, end, since = _clipped(asked, leases.c.since, _released(asked))
    held = _Earlier(end, until)
    holds = and_(until.is_not(None), leases.c.since < until, until > interval.start)
    columns = [_KEYS[each] for each in asked.by]
    used = [leases.c[each] for each in columns]
    booked = [func.nullif(bookings.c[each], leases.c[each]).label(f"booked_{each}") for each in columns]
    upto = case((end <= until, None), else_=_part(held, asked.cuts, ends=True))
    parts = [
        _part(start, asked.cuts).label("first"),
        _part(end, asked.cuts, ends=True).label("last"),
        upto.label("upto"),
        holds.label("holds"),
    ]
    keys = [*used, *parts, *booked]
    sums = [func.sum(_Hour(moment) - since) for moment in (start, end, held)]
    return (
        select(*keys, func.count().label("gpus"), *sums)
        .select_from(leases.join(lease_gpus).outerjoin(bookings, leases.c.booking == bookings.c.id))
        .where(*_holding(interval))
        .group_by(*keys)
    )


def _released(asked: Asked) -> ColumnElement[Any]:
    return func.coalesce(leases.c.released, _moment(asked.interval.end))


def _summed(asked: Asked, whose: Any, start: Any, end: Any, gpus: Any) -> Select[Any]:
    """Return sums over stretches, for each group and each pair of parts in which they begin and end."""
    start, end, since = _clipped(asked, start, end)
    keys = [whose.c[_KEYS[each]] for each in asked.by]
    parts = [_part(start, asked.cuts).label("first"), _part(end, asked.cuts, ends=True).label("last")]
    sums = [func.sum(gpus), func.sum(gpus * (_Hour(start) - since)), func.sum(gpus * (_Hour(end) - since))]
    return select(*keys, *parts, *sums).where(_may_see(whose, asked.seen)).group_by(*keys, "first", "last")


def _clipped(asked: Asked, start: Any, end: Any) -> tuple[Any, Any, Any]:
    """Return a stretch within the interval, and the hour from which hours are counted."""
    first, last = _moment(asked.interval.start), _moment(asked.interval.end)
    return _Later(start, first), _Earlier(end, last), _Hour(first)


def _part(
    moment: Any, cuts: Sequence[datetime], before: int = 0, *, ends: bool = False
) -> ColumnElement[int]:
    """Return the number of the part that a moment lies in, found by halves; one that ``ends`` there is of no later."""
    if not cuts:
        return literal(before)
    half = len(cuts) // 2
    cut = _moment(cuts[half])
    earlier = _part(moment, cuts[:half], before, ends=ends)
    later = _part(moment, cuts[half + 1 :], before + half + 1, ends=ends)
    return case((moment <= cut if ends else moment < cut, earlier), else_=later)


def _holding(interval: Interval) -> Iterable[ColumnElement[bool]]:
    """Return what is true of leases that held GPUs at some moment of an interval."""
    unreleased = or_(leases.c.released.is_(None), leases.c.released > interval.start)
    return leases.c.since < interval.end, unreleased


def _moment(value: datetime) -> ColumnElement[datetime]:
    return literal(value, leases.c.since.type)


def _may_see(table: Any, seen: Seen) -> ColumnElement[bool]:
    asked = true() if seen.only is None else table.c.project == seen.only
    if seen.user is None:
        return asked
    led = table.c.project.in_(sorted(seen.projects)) if seen.projects else false()
    return and_(asked, or_(table.c.user == seen.user, led))
