"""Reports as the shapes of the API."""

from __future__ import annotations

from typing import Any

from maia_hub.client import models as m
from maia_hub.core.reports import Hours, Report


def report(found: Report) -> m.Report:
    """Show a report; hours are rounded to a third of a second."""
    return m.Report(
        first=found.days.first,
        last=found.days.last,
        zone=str(found.days.zone),
        until=found.until,
        by=[group.value for group in found.by],
        lines=[
            m.ReportLine(
                user=line.user,
                project=line.project,
                product=line.product,
                month=line.month,
                **_rounded(line.hours),
            )
            for line in found.lines
        ],
        total=m.ReportLine(**_rounded(found.total)),
    )


def _rounded(hours: Hours) -> dict[str, Any]:
    return {name: round(getattr(hours, name), 4) for name in ("booked", "used", "idle")}
