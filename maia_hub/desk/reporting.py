"""Reports: GPU-hours for those who may see whose they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from maia_hub.core.errors import Forbidden
from maia_hub.core.gpus import marked
from maia_hub.core.ids import PoolId, ProjectId
from maia_hub.core.interval import Interval
from maia_hub.core.reports import Days, Group, Hours, Line, Report, summed
from maia_hub.desk.people import Actor
from maia_hub.desk.work import Cases, Work
from maia_hub.store.reports import Asked, Seen, Sums

_Key = tuple[str | None, ...]


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
        """Return the hours of some days: one's own, those of projects that one leads, to administrators all.

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
    return Seen(actor.user, [each for each in actor.projects if actor.leads(each)], project)


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
    products = _products(work)
    found: dict[_Key, list[Hours]] = defaultdict(list)
    for sums in work.tx.reports.sums(asked):
        named = dict(zip(asked.by, sums.key, strict=True)) | {
            "month": months[sums.part][0] if months else None
        }
        if "product" in named:
            named["product"] = products.get(PoolId(named["product"]), named["product"])
        found[tuple(named.get(group.value) for group in Group)].append(_hours(sums))
    lines = (_line(key, summed(hours)) for key, hours in found.items())
    return tuple(sorted(lines, key=_order))


def _products(work: Work) -> Mapping[PoolId, str]:
    """Return what the GPUs of each pool are called; a simulated one is always said to be one."""
    return {pool.id: marked(pool.product, simulated=pool.simulated) for pool in work.tx.inventory.pools()}


def _hours(sums: Sums) -> Hours:
    return Hours(sums.booked, sums.used, max(0.0, sums.booked - sums.held))


def _line(key: _Key, hours: Hours) -> Line:
    return Line(hours=hours, **{group.value: value for group, value in zip(Group, key, strict=True)})


def _order(line: Line) -> tuple[str, ...]:
    """Months first, then who, for what, with what."""
    return tuple(each or "" for each in (line.month, line.project, line.user, line.product))
