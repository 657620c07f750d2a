"""Classes: groups of students that have GPUs at the same times."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from maia_hub.client.models.base import Answer, Moment, Name, Request
from maia_hub.client.models.bookings import BookingModel, Verdict

_Roster = Annotated[str, Field(max_length=50_000)]
_Staff = Annotated[list[Name], Field(max_length=50)]


class ClassRequest(Request):
    """A class that is wanted: on each date a booking of ``gpus`` GPUs for each group.

    [start, end) is the first date; ``rule``, ``zone`` and ``skip`` name the others as in a `SeriesRequest`. ``roster``
    is the text of a list (CSV): a line for each student with group and user name, columns parted by commas,
    semicolons or tabs, below a line that names them (``group``, ``user``) or without one. ``staff`` may be named to
    look after it beside who asks. With ``partly`` dates that not all groups can have are left out.
    """

    name: Annotated[str, Field(min_length=1, max_length=63)]
    project: Name
    pool: Name
    gpus: int = 1
    start: Moment
    end: Moment
    rule: Annotated[str, Field(min_length=1, max_length=200)]
    zone: Annotated[str, Field(min_length=1, max_length=63)]
    skip: Annotated[list[date], Field(max_length=100)] = Field(default_factory=list)
    roster: _Roster
    staff: _Staff = Field(default_factory=list)
    partly: bool = False


class ClassChange(Request):
    """Who else is in the groups of a class, as a whole list, or looks after it; what is left out stays."""

    roster: _Roster | None = None
    staff: _Staff | None = None


class RosterTrial(Request):
    """The list of students that a class may have, and who may look after it; see `ClassRequest`."""

    roster: _Roster
    staff: _Staff = Field(default_factory=list)


class ClassDateCancellation(Request):
    """The date of a class to cancel, by its start."""

    start: Moment


class ClassEnding(Request):
    """Why a class ends; all who are in it are told."""

    reason: Annotated[str, Field(max_length=200)] = ""


class RosterFault(Answer):
    """What is wrong in a line of a list; the first line has the number 1."""

    line: int
    message: str
    given: str


class GroupModel(Answer):
    """A group of a class, and who is in it."""

    name: str
    members: list[str]


class ClassDate(Answer):
    """A date as it would be: the node of each group, or why it cannot be had by all."""

    start: datetime
    end: datetime
    said: str = ""
    verdict: Verdict
    nodes: dict[str, str] = Field(default_factory=dict)


class ClassCheck(Answer):
    """What a class would be: what is wrong in its list, else its groups and every date.

    ``warnings`` name those whom the hub does not know, ``strange_staff`` those of the staff: they may sign in later.
    ``hub_asked``: whether that is known of all. Of a class that is changed, the dates are those to come.
    """

    zone: str
    faults: list[RosterFault]
    warnings: list[RosterFault] = Field(default_factory=list)
    strange_staff: list[str] = Field(default_factory=list)
    hub_asked: bool = True
    groups: list[GroupModel]
    dates: list[ClassDate]


class ClassModel(Answer):
    """A class, as somebody sees it: as who ``leads`` its project, is of the ``staff``, or a ``member`` of ``group``.

    Members see their own group alone. ``left`` dates are to come or run, from ``next`` on; ``bookings`` are those of
    the groups in all states, and are left out of a list of classes. ``roster`` is the list of its students as text,
    for who may change it (``may``). ``missing``, in the answer to a request, are the dates that were left out.
    ``etag`` names this version of its people for ``If-Match``.
    """

    id: UUID
    name: str
    project: str
    teacher: str
    staff: list[str]
    role: Literal["lead", "staff", "member"]
    group: str | None
    pool: str
    product: str
    gpus: int
    rule: str
    zone: str
    skip: list[date]
    created: datetime
    ended: datetime | None
    groups: list[GroupModel]
    left: int
    next: datetime | None
    may: list[Literal["change", "end"]]
    roster: str = ""
    bookings: list[BookingModel] = Field(default_factory=list)
    missing: list[ClassDate] = Field(default_factory=list)
    etag: str = ""
