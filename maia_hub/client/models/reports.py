"""GPU-hours by user, project, product and month."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from maia_hub.client.models.base import Answer

ReportGroup = Literal["user", "project", "product", "month"]


class ReportLine(Answer):
    """The GPU-hours of one group; what the report is not grouped by is null. ``month`` is written as 2026-03."""

    user: str | None = None
    project: str | None = None
    product: str | None = None
    month: str | None = None
    booked: float
    used: float
    idle: float


class Report(Answer):
    """The GPU-hours of the days from ``first`` to ``last``, both included, in a time zone; counted up to ``until``.

    ``idle`` is what was booked while no server held it by that booking; ``used`` holds idle GPUs that were lent, too.
    """

    first: date
    last: date
    zone: str
    until: datetime
    by: list[ReportGroup]
    lines: list[ReportLine]
    total: ReportLine = Field(description="the sum over all lines")
