"""The waiting list: booked time that somebody waits for."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from maia_hub.client.models.base import Answer, Moment
from maia_hub.client.models.bookings import BookingModel, BookingRequest


class WaitlistRequest(BookingRequest):
    """Wait for a booking that cannot be made now, because others have booked.

    ``latest_start``: it may begin at any time from ``start`` until then; without it, only at ``start``.
    """

    latest_start: Moment | None = None


class WaitlistEntry(Answer):
    """A wish on the waiting list.

    The booking may begin from ``start`` until ``latest_start`` and takes ``duration`` seconds. While it is waiting,
    ``place`` is its number among those that want the same time, ``expected`` when it can be expected, as far as what
    opened lately tells (null: not within its window), and ``reason`` why a rule passes it over at present. ``booking``
    is the one that was made for it; while that is only offered, ``offer_until`` says until when it can be accepted, and
    ``notice`` which notice tells of it.
    ``use`` are the GPU-hours used lately by which its owner's place is reckoned.
    """

    id: UUID
    project: str
    pool: str
    product: str
    gpus: int
    start: datetime
    latest_start: datetime
    duration: float
    note: str
    since: datetime
    state: Literal["waiting", "offered", "served", "declined", "lapsed", "passed", "withdrawn"]
    place: int | None
    expected: datetime | None
    reason: str
    use: int
    offer_until: datetime | None
    booking: BookingModel | None
    notice: int | None = None


class SomebodysWish(WaitlistEntry):
    """A wish on the waiting list as administrators see it: ``user`` waits; the note is hers."""

    user: str
