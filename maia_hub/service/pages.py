"""Lists in pages: where the next one begins, said as RFC 8288 wants it and as a cursor.

A cursor names the last thing that was shown by what the list is sorted by, not by a number of things: what is added or
goes meanwhile neither repeats nor hides another one.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response

from maia_hub.core.bookings import Booking
from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import BookingId
from maia_hub.desk import Page

NEXT = "Next-Cursor"
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "Link": {
                "description": 'the next page as rel="next" (RFC 8288); missing on the last one',
                "schema": {"type": "string"},
            },
            NEXT: {"description": "the cursor of the next page", "schema": {"type": "string"}},
        }
    }
}
"""What a route of such a list says of its headers."""

Cursor = Annotated[
    str | None, Query(max_length=200, description="where a page begins: the Next-Cursor of the one before")
]
Limit = Annotated[int, Query(ge=1, le=1000, description="the most that one page shows")]


def page_of(cursor: str | None, limit: int) -> Page:
    """Return the page that a cursor begins, and one thing more, which tells whether there is another page."""
    return Page(limit + 1, after(cursor))


def after(cursor: str | None) -> tuple[datetime, BookingId] | None:
    """Return the moment and the id after which the page of a cursor begins; None for the first one."""
    return None if cursor is None else _read(cursor)


def cursor_of(booking: Booking) -> str:
    """Return the cursor of the page after a booking."""
    return cursor_at(booking.interval.start, booking.id)


def cursor_at(moment: datetime, number: UUID) -> str:
    """Return the cursor of the page after what has this moment and this id."""
    said = f"{moment.isoformat()} {number}"
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def point(request: Request, response: Response, **to: str) -> None:
    """Say in the answer's headers where the next page is: this address with these parameters."""
    query = urlencode({**request.query_params, **to})
    response.headers["Link"] = f'<?{query}>; rel="next"'
    response.headers[NEXT] = next(iter(to.values()))


def _read(cursor: str) -> tuple[datetime, BookingId]:
    try:
        said = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), b"-_", validate=True).decode()
        start, _, booking_id = said.partition(" ")
        moment = datetime.fromisoformat(start)
        if moment.tzinfo is None:
            raise ValueError(start)
        return moment, BookingId(UUID(booking_id))
    except (ValueError, binascii.Error) as e:
        raise InvalidInput(
            "That is no cursor.",
            given=cursor,
            allowed=f"the {NEXT} of the page before",
            advice="Begin with the first page.",
        ) from e
