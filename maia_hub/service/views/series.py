"""Series of bookings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from maia_hub.client import models as m
from maia_hub.core.errors import MaiaError
from maia_hub.core.ids import ProjectId
from maia_hub.desk import Dated, Repeated, SeriesView
from maia_hub.service.views.bookings import BookingViews, asked


def repeated(request: m.SeriesRequest, project: ProjectId) -> Repeated:
    """Read a wish to book again and again from a request."""
    return Repeated(
        asked=asked(request, project),
        rule=request.rule,
        zone=request.zone,
        skip=tuple(sorted(set(request.skip))),
        partly=request.partly,
    )


def series(view: SeriesView, show: BookingViews) -> m.SeriesModel:
    """Show a series."""
    found = view.series
    return m.SeriesModel(
        id=found.id,
        user=found.user,
        project=found.project,
        rule=found.rule,
        zone=found.zone,
        skip=list(found.skip),
        created=found.created,
        bookings=show.all(view.bookings),
        missing=[_date(each) for each in view.missing],
    )


def series_check(zone: str, found: Iterable[Dated]) -> m.SeriesCheck:
    """Show of every date whether it could be booked."""
    return m.SeriesCheck(zone=zone, dates=[_date(each) for each in found])


def _date(given: Dated) -> m.DateModel:
    interval, error = given.occurrence.interval, given.error
    verdict = m.Verdict(allowed=True, node=given.booking.node if given.booking else None)
    return m.DateModel(
        start=interval.start,
        end=interval.end,
        said=given.occurrence.said,
        verdict=verdict if error is None else refused(error),
    )


def refused(error: MaiaError) -> m.Verdict:
    """Show why a date cannot be had: the rules that refuse it, or that the GPUs are taken."""
    taken = {
        "rule": error.code,
        "message": error.message,
        "given": str(error.given or ""),
        "limit": str(error.allowed or ""),
    }
    rules = cast("list[Mapping[str, Any]]", error.details.get("refusals") or [taken])
    return m.Verdict.model_validate(
        {"allowed": False, "refusals": rules, "next_free": error.details.get("next_free")}
    )
