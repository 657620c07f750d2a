"""Calendar feeds: what calendar programs subscribe to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from maia_hub.client.models.base import Answer, Request

FeedKind = Literal["own", "pool", "project"]


class FeedRequest(Request):
    """Subscribe to one's own bookings, or to those of the pool or project ``of``."""

    kind: FeedKind = "own"
    of: Annotated[str, Field(max_length=63)] = ""


class FeedModel(Answer):
    """A calendar feed of the asking user's; ``renewed`` is when its address was made."""

    id: UUID
    kind: FeedKind
    of: str
    created: datetime
    renewed: datetime


class NewFeedModel(FeedModel):
    """A feed whose address was just made: whoever knows it can read the feed, and it is never shown again.

    ``address`` is as the service knows itself, ``path`` what follows the origin under which one reaches it.
    """

    path: str = Field(repr=False)
    address: str = Field(repr=False)
