"""Series: bookings that repeat."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from maia_hub.client.models.base import Answer, Request
from maia_hub.client.models.bookings import BookingModel, BookingRequest, Verdict


class SeriesRequest(BookingRequest):
    """A booking that repeats: [start, end) is the first time, and each later one is at the same times of day.

    ``rule`` is an RRULE of RFC 5545: FREQ (DAILY, WEEKLY or MONTHLY), INTERVAL, BYDAY, BYMONTHDAY, WKST, and either
    COUNT or UNTIL; at most 100 dates within two years. ``zone`` is the IANA zone whose clock is meant, also where it
    changes to or from summer time; ``skip`` are days of this zone on which there is none. With ``partly`` dates that
    cannot be had are left out; without it all are booked or none is.
    """

    rule: Annotated[str, Field(min_length=1, max_length=200)]
    zone: Annotated[str, Field(min_length=1, max_length=63)]
    skip: Annotated[list[date], Field(max_length=100)] = Field(default_factory=list)
    partly: bool = False


class SeriesCancellation(Request):
    """Cancel a series, from one of its bookings on if ``since`` names it."""

    since: UUID | None = None


class DateModel(Answer):
    """One date of a series; ``said`` tells what a change of the clocks makes of it, mostly nothing."""

    start: datetime
    end: datetime
    said: str = ""
    verdict: Verdict


class SeriesCheck(Answer):
    """Every date of a series, each as it would be after those before it."""

    zone: str
    dates: list[DateModel]


class SeriesModel(Answer):
    """A series with its bookings; ``missing``, in the answer to a request, are the dates that were left out."""

    id: UUID
    user: str
    project: str
    rule: str
    zone: str
    skip: list[date]
    created: datetime
    bookings: list[BookingModel]
    missing: list[DateModel] = Field(default_factory=list)
