"""The one shape of every error."""

from __future__ import annotations

from pydantic import BaseModel, Field

from maia_hub.client.models.bookings import FieldChange, RefusalModel, Slot

PROBLEM_TYPE = "urn:maia-hub:problem:"


class Problem(BaseModel):
    """RFC 9457 problem details, the one shape of every error (application/problem+json).

    ``type`` is ``urn:maia-hub:problem:`` and the code of an error class; ``login`` is where to sign in;
    ``changes`` say what became of a thing since the version that ``If-Match`` named.
    """

    type: str
    title: str
    status: int
    detail: str
    given: object = None
    allowed: object = None
    advice: str | None = None
    refusals: list[RefusalModel] = Field(default_factory=list)
    next_free: Slot | None = None
    changes: list[FieldChange] | None = None
    login: str | None = None
