"""Templates: wishes to book that one keeps."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from maia_hub.client.models.base import Answer, Note, Request

TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class TemplateRequest(Request):
    """Keep a wish to book: ``seconds`` long, at the time of day ``at`` ("13:00") in an IANA zone, or now.

    One of the same name is replaced. ``project`` may be left out by whoever is in one only.
    """

    name: Annotated[str, Field(min_length=1, max_length=63)]
    pool: Annotated[str, Field(max_length=63)]
    gpus: int = 1
    seconds: Annotated[int, Field(ge=1, le=366 * 86400)]
    project: Annotated[str, Field(max_length=63)] | None = None
    at: TimeOfDay | None = None
    zone: Annotated[str, Field(min_length=1, max_length=63)] = "UTC"
    note: Note = ""


class TemplateModel(Answer):
    """A template of one's own."""

    id: UUID
    name: str
    pool: str
    product: str
    gpus: int
    seconds: int
    project: str | None = None
    at: str | None = None
    zone: str
    note: str = ""


class TemplateBooking(Request):
    """Book by a template on a day of its zone; without one the next time it can begin."""

    on: date | None = None
