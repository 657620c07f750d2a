"""Reports: GPU-hours for those who may see whose they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from maia_hub.core.errors import Forbidden
from maia_hub.core.gpus import marked
from maia_hub.core.ids import ProjectId
from maia_hub.core.interval import Interval
from maia_hub.core.reports import Days, Group, Hours, Line, Report, summed
from maia_hub.desk.cases import Cases
from maia_hub.desk.people import Actor
from maia_hub.desk.work import Work
from maia_hub.store.reports import Asked, Seen, Sums

_Key = tuple[str | None, str | None, str | None, str | None]


class ReportCases(Cases):
    """What was booked, used and left idle."""

    def report(
        self,
        actor: Actor,
        days: Days,
        by: Collection[Group],
        now: datetime,
        *,
        mine: bool = False,
        project: ProjectId | None = None,
    ) -> Report:
        """Return the hours of some days: one's own, those of projects that one oversees, to administrators all.

        ``mine`` and ``project`` leave out others' hours and other projects'. Raises `Forbidden` for a project of which
        the actor may see nothing.
        """
        seen = _seen(actor, mine=mine, project=project)
        grouped = tuple(group for group in Group if group in by)
        with self._read(now) as work:
            lines = _lines(work, days, grouped, seen)
        return Report(days, grouped, min(now, days.interval.end), lines)


def _seen(actor: Actor, *, mine: bool, project: ProjectId | None) -> Seen:
    if project is not None and not actor.admin and project not in actor.projects:
        raise Forbidden(
            f"You are not in the project “{project[:63]}”.",
            given=project[:63],
            allowed=sorted(actor.projects),
            advice="Name one of your projects, or none.",
        )
    if mine:
        return Seen(actor.user, only=project)
    if actor.admin:
        return Seen(only=project)
    return Seen(actor.user, [each for each in actor.projects if actor.oversees(each)], project)


def _lines(work: Work, days: Days, by: tuple[Group, ...], seen: Seen) -> tuple[Line, ...]:
    whole = days.interval
    if whole.start >= work.now:
        return ()
    months = days.months() if Group.MONTH in by else []
    asked = Asked(
        interval=Interval(whole.start, min(whole.end, work.now)),
        cuts=[month.start for _, month in months[1:] if month.start < work.now],
        by=[group.value for group in by if group is not Group.MONTH],
        seen=seen,
    )
    key_of = _naming(asked.by, [name for name, _ in months], _products(work))
    found: dict[_Key, Hours] = {}
    for sums in work.tx.reports.sums(asked):
        key, hours = key_of(sums), _hours(sums)
        found[key] = summed((found[key], hours)) if key in found else hours
    return tuple(
        Line(hours=hours, month=month, project=project, user=user, product=product)
        for (month, project, user, product), hours in sorted(found.items(), key=_order)
    )


def _naming(by: Sequence[str], months: Sequence[str], products: Mapping[str, str]) -> Callable[[Sums], _Key]:
    """Return how sums are called: by month, project, user and product, the order in which reports list them."""
    places = [by.index(name) if name in by else None for name in ("project", "user", "product")]
    project, user, product = places

    def key_of(sums: Sums) -> _Key:
        pool = sums.key[product] if product is not None else None
        return (
            months[sums.part] if months else None,
            sums.key[project] if project is not None else None,
            sums.key[user] if user is not None else None,
            products.get(pool, pool) if pool is not None else None,
        )

    return key_of


def _products(work: Work) -> Mapping[str, str]:
    """Return what the GPUs of each pool are called; a simulated one is always said to be one."""
    return {pool.id: marked(pool.product, simulated=pool.simulated) for pool in work.tx.inventory.pools()}


def _hours(sums: Sums) -> Hours:
    return Hours(sums.booked, sums.used, max(0.0, sums.booked - sums.held))


def _order(found: tuple[_Key, Hours]) -> tuple[str, ...]:
    """Months first, then who, for what, with what."""
    return tuple([each or "" for each in found[0]])
