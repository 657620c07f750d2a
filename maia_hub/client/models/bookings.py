"""Bookings: requests, what was made of them, and why not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from maia_hub.client.models.base import Answer, Moment, Name, Note, Reason, Request


class ClassGroup(Answer):
    """For which group of which class a booking is; ``id`` is the class's, told to those who are in it or teach it."""

    id: UUID | None = None
    name: str
    group: str


class BookingModel(Answer):
    """A booking; ``may`` lists what the asking user can do to it now.

    ``fixed_until``, in the answer to a change: what runs by it now cannot follow it, and still ends then. ``etag``
    names this version of what can be edited: a change that brings it as ``If-Match`` is made to no other one.
    ``series`` is what it was booked as a part of, if it repeats. ``of_class`` is set where it is a group's of a class:
    it is ``mine`` to the members of the group then, and ``user`` is the name of class and group.
    """

    id: UUID
    user: str
    project: str
    pool: str
    product: str
    node: str
    gpus: int
    start: datetime
    end: datetime
    state: Literal["requested", "confirmed", "active", "ended"]
    cause: str | None = None
    ended_at: datetime | None = None
    note: str = ""
    mine: bool
    may: list[Literal["extend", "move", "cancel", "release", "hand-over", "revoke"]]
    fixed_until: datetime | None = None
    etag: str = ""
    series: UUID | None = None
    of_class: ClassGroup | None = None


class FieldChange(Answer):
    """A field that is not as it was; both values are empty where only that it is another one is known."""

    field: str
    was: str
    now: str


class Slot(Answer):
    """A free interval on a node."""

    pool: str
    node: str
    gpus: int
    start: datetime
    end: datetime


class Alarm(Answer):
    """A booking for which there may be no GPU, and what could be offered instead (administrators only)."""

    booking: BookingModel
    reason: str
    since: datetime
    offers: list[Slot]


class OutageEffect(Answer):
    """What an outage does to bookings: some go to other nodes, for some there is no other place.

    ``restarted``: whose servers hold the GPU that is meant; they are started again when the outage begins.
    """

    moved: list[BookingModel]
    endangered: list[BookingModel]
    restarted: list[str]


class BookingRequest(Request):
    """Ask for ``gpus`` GPUs over [start, end) of a pool: its id, or a product name that matches just one.

    ``project`` may be left out by whoever is in one only.
    """

    pool: Name | None = None
    product: Name | None = None
    gpus: int = 1
    start: Moment
    end: Moment
    project: Name | None = None
    note: Note = ""


class BookingChange(Request):
    """Move or shorten a booking; what is left out stays."""

    start: Moment | None = None
    end: Moment | None = None
    note: Note | None = None


class ExtendRequest(Request):
    """Give the booking a later end."""

    until: Moment


class HandOver(Request):
    """Let a colleague of the same project have a booking, by the name that she has at the hub."""

    to: Annotated[Name, Field(min_length=1)]


class Revocation(Request):
    """An administrator ends somebody's booking; the reason is shown to its owner."""

    reason: Reason


class RefusalModel(Answer):
    """Which rule refused, what was given, what is allowed, and the earliest start that would pass."""

    rule: str
    message: str
    given: str
    limit: str
    earliest: datetime | None = None


class Verdict(Answer):
    """The answer to *could I book this?*: allowed, or every reason why not and the next free slot."""

    allowed: bool
    node: str | None = None
    refusals: list[RefusalModel] = Field(default_factory=list)
    next_free: Slot | None = None
