"""What the event stream tells besides the whole state."""

from __future__ import annotations

from datetime import datetime

from maia_hub.client.models.base import Answer


class Change(Answer):
    """One thing that was decided about the user (stream event ``change``), in the order in which it was.

    ``id`` is the event's own: whoever connects again with the last one as `Last-Event-ID` is told what came after it,
    once. ``subject`` is what it is about, such as a booking; ``by`` is who did it.
    """

    id: int
    at: datetime
    action: str
    subject: str
    by: str
    reason: str
    project: str


class Reset(Answer):
    """What came after the event that was ``given`` cannot be told (stream event ``reset``); the whole state follows."""

    given: str
    reason: str
