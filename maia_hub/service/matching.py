"""`If-Match` (RFC 9110): a change of the version that was seen, and of no other one."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Header

from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import BookingId
from maia_hub.desk import Actor
from maia_hub.service.context import Context

HEADER = "If-Match"
_TAG = re.compile(r'(W/)?"([^"]*)"')
_LIST = re.compile(rf"\s*{_TAG.pattern}(\s*,\s*{_TAG.pattern})*\s*")

Match = Annotated[
    str | None,
    Header(
        alias=HEADER,
        max_length=1000,
        description="the ETag of the version that was seen: if there is another one by now, nothing is changed",
    ),
]


def as_seen(
    context: Context, actor: Actor, booking_id: UUID, match: str | None, now: datetime
) -> AbstractContextManager[None]:
    """Let what is done within be done to the version that was seen, if the request names one."""
    seen = versions(match)
    return nullcontext() if seen is None else context.desk.unchanged(actor, BookingId(booking_id), seen, now)


def versions(match: str | None) -> list[str] | None:
    """Return the versions that a request names; None if any will do."""
    if match is None or match.strip() == "*":
        return None
    if not _LIST.fullmatch(match):
        raise InvalidInput(
            f"{HEADER} is no list of ETags.",
            given=match,
            allowed='an ETag with its quotes, such as "abc", several of them, or *',
            advice="Send the ETag as it was answered.",
        )
    return [tag for weak, tag in _TAG.findall(match) if not weak]
