"""Series: bookings that repeat."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from maia_hub.client import models as m
from maia_hub.core.ids import BookingId, SeriesId
from maia_hub.service import views
from maia_hub.service.context import ActorDep, ContextDep, Now
from maia_hub.service.once import once
from maia_hub.service.routes.bookings import ViewsDep, project_meant

router = APIRouter(prefix="/series", tags=["bookings"])


@router.get("")
def all_series(context: ContextDep, actor: ActorDep, show: ViewsDep, now: Now) -> list[m.SeriesModel]:
    """Return one's own series that have bookings to come, with these alone."""
    return [views.series(view, show) for view in context.desk.all_series(actor, now)]


@router.post("", status_code=201)
@once
def book_series(
    context: ContextDep, actor: ActorDep, show: ViewsDep, now: Now, request: m.SeriesRequest
) -> m.SeriesModel:
    """Book all dates of a rule, or those that can be had; a refusal lists every date that cannot, and why."""
    wish = views.repeated(request, project_meant(actor, request))
    return views.series(context.desk.book_series(actor, wish, now), show)


@router.post("/check")
def check_series(context: ContextDep, actor: ActorDep, now: Now, request: m.SeriesRequest) -> m.SeriesCheck:
    """Say of every date of a rule whether it could be booked; nothing is."""
    wish = views.repeated(request, project_meant(actor, request))
    return views.series_check(wish.zone, context.desk.check_series(actor, wish, now))


@router.get("/{series_id}")
def series(context: ContextDep, actor: ActorDep, show: ViewsDep, now: Now, series_id: UUID) -> m.SeriesModel:
    """Return one of one's own series with all its bookings."""
    return views.series(context.desk.series(actor, SeriesId(series_id), now), show)


@router.post("/{series_id}/cancel")
@once
def cancel_series(
    context: ContextDep,
    actor: ActorDep,
    show: ViewsDep,
    now: Now,
    series_id: UUID,
    request: m.SeriesCancellation,
) -> m.SeriesModel:
    """Cancel what is not used yet of a series, from one of its bookings on if it is named."""
    since = None if request.since is None else BookingId(request.since)
    return views.series(context.desk.cancel_series(actor, SeriesId(series_id), since, now), show)
