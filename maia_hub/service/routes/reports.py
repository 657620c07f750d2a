"""Reports: GPU-hours by user, project, product and month, as JSON or for a spreadsheet."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from maia_hub.client import models as m
from maia_hub.client.spreadsheet import as_csv
from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import ProjectId
from maia_hub.core.interval import zone_called
from maia_hub.core.reports import Group, days_of
from maia_hub.service import views
from maia_hub.service.context import ActorDep, ContextDep, Now

CSV = "text/csv"
_AS_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report; as CSV with a header row and the lines alone.",
        "content": {CSV: {"schema": {"type": "string"}}},
    }
}
_DEFAULT = [Group.PROJECT, Group.MONTH]

router = APIRouter(prefix="/reports", tags=["people"])


@router.get("", responses=_AS_CSV, response_model=m.Report)
def report(  # noqa: PLR0913
    http: Request,
    context: ContextDep,
    actor: ActorDep,
    now: Now,
    *,
    first: Annotated[
        date | None, Query(alias="from", description="the first day, such as 2026-01-01")
    ] = None,
    last: Annotated[date | None, Query(alias="to", description="the last day; it is included")] = None,
    zone: Annotated[
        str | None,
        Query(max_length=63, description="whose days are meant: Europe/Stockholm; else the site's"),
    ] = None,
    by: Annotated[str, Query(max_length=60, description="any of user, project, product, month")] = ",".join(
        group.value for group in _DEFAULT
    ),
    mine: Annotated[bool, Query(description="one's own hours alone")] = False,
    project: Annotated[str | None, Query(max_length=63, description="of this project alone")] = None,
    form: Annotated[
        Literal["json", "csv"] | None, Query(alias="format", description="else what Accept says")
    ] = None,
) -> Any:
    """Return GPU-hours: one's own, a lead's and a steward's those of the project, to administrators everybody's.

    Without `from` and `to` they are of this month and the two before.
    """
    days = days_of(first, last, zone_called(zone) if zone else context.desk.projects.zone, now)
    of = None if project is None else ProjectId(project)
    found = views.report(context.desk.report(actor, days, _groups(by), now, mine=mine, project=of))
    if form == "csv" or (form is None and _wants_csv(http.headers.get("accept", ""))):
        name = f"gpu-hours-{found.first}-{found.last}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(as_csv(found), media_type=f"{CSV}; header=present", headers=headers)
    return found


def _groups(by: str) -> list[Group]:
    asked = [part.strip() for part in by.split(",") if part.strip()]
    known = [group.value for group in Group]
    if unknown := sorted(set(asked) - set(known)):
        raise InvalidInput(
            "Hours cannot be grouped by that.",
            given=unknown,
            allowed=known,
            advice="Name some of these, with commas between them.",
        )
    return [Group(each) for each in asked]


def _wants_csv(accept: str) -> bool:
    """Tell whether CSV is asked for before JSON; whoever takes anything gets JSON."""
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return CSV in kinds and "application/json" not in kinds[: kinds.index(CSV)]
