"""What a server may be started with, what it received, what it holds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from maia_hub.client.models.base import Answer, Kind, Name, Request
from maia_hub.client.models.bookings import BookingModel
from maia_hub.client.models.gpus import GpuModel, PoolModel
from maia_hub.client.models.waitlist import WaitlistEntry


class Choice(Answer):
    """One thing a user may (or may not) start a server with now."""

    key: str
    kind: Kind
    label: str
    enabled: bool
    reason: str = ""
    pool: str | None = None
    booking: UUID | None = None
    gpus: int = 0
    simulated: bool = False
    until: datetime | None = None
    next_free: datetime | None = None
    place: int | None = None
    """The place in the line that it brings; ``next_free`` is then when a GPU can be expected there."""


class Options(Answer):
    """All choices for a server; ``preselected`` is the key of the user's last choice, or of CPU."""

    now: datetime
    choices: list[Choice]
    preselected: str


class GrantRequest(Request):
    """The spawner asks what a server that starts now receives. ``choice`` is the key of a `Choice`.

    ``fixed``: the server cannot be told of a later end once it runs, which its owner then reads.
    """

    user: Name
    server: Name = ""
    project: Name = "default"
    choice: Name = "cpu"
    fixed: bool = False


class Folder(Answer):
    """A folder that a group of a class has in common: where its files are, and how people find it in their home."""

    group: UUID
    name: str = Field(pattern="^[A-Za-z0-9-]{1,100}$")


class Grant(Answer):
    """What a server start receives. ``id`` is the lease's for a GPU grant.

    ``place`` is the server's number in the line for an idle GPU, and ``next_free`` then when it can be expected.
    ``resource`` is the extended resource of its GPUs on Kubernetes, ``latest`` the latest end that an extension could
    still bring, ``session`` the text of the session file that the server's processes read.
    """

    id: UUID
    kind: Kind
    reason: str
    gpus: list[GpuModel] = Field(default_factory=list)
    pool: str | None = None
    node: str | None = None
    booking: UUID | None = None
    since: datetime
    until: datetime | None = None
    next_free: datetime | None = None
    place: int | None = None
    resource: str | None = None
    latest: datetime | None = None
    session: str = ""
    folders: list[Folder] = Field(default_factory=list)
    """What its user's groups have in common."""


class Wait(Answer):
    """HTTP 202 instead of a grant: the GPU is being handed over; ask again after ``retry_after`` seconds."""

    wait: Literal[True] = True
    message: str
    retry_after: float


class GrantEnded(Request):
    """The spawner reports that the process of a grant is gone."""

    cause: Literal["stopped", "failed", "preempted"] = "stopped"


class Stopping(Answer):
    """The spawner asks, while stopping: will this server be started again by the platform?"""

    resume: bool


class SwitchRequest(Request):
    """Restart a running server with another choice."""

    choice: Name


class VisitModel(Answer):
    """Somebody else was in a server from ``since`` to ``last``; ``here``: she still is."""

    visitor: str
    since: datetime
    last: datetime
    here: bool


class Visitor(Answer):
    """The service has taken note that ``visitor`` is in the server; ask again while she works there."""

    visitor: str
    seconds: float
    """For how long she may be served until then."""


class OpenServer(Answer):
    """A server of somebody else that I may open now, as staff of a class."""

    user: str
    server: str


class Session(Answer):
    """What one running server holds; ``extendable_until`` is the latest end that could be had now.

    ``fixed``: its image cannot follow an extension. If its booking goes on, it is restarted at ``until``.
    """

    server: str
    project: str
    grant: UUID
    kind: Kind
    reason: str
    gpus: list[GpuModel]
    booking: UUID | None
    since: datetime
    until: datetime | None
    save_at: datetime | None
    stop_at: datetime | None
    extendable_until: datetime | None
    fixed: bool = False
    next_holder: str | None
    next_start: datetime | None
    switch: Choice | None = None
    """A booking of the user has begun (or a GPU of hers has come free) while this server runs without it."""
    ending: bool = False
    may_open: list[str] = Field(default_factory=list)
    """Who else may open this server now: the staff of the class that it runs in."""
    visits: list[VisitModel] = Field(default_factory=list)
    """Who was there within the last week, the newest first."""


class Notice(Answer):
    """A message kept until dismissed: what happened to the user's server or ``booking``, and what can be done."""

    id: int
    at: datetime
    kind: Literal[
        "expired",
        "preempted",
        "revoked",
        "released",
        "handed-over",
        "given-back",
        "switch",
        "unused",
        "idle",
        "respawned",
        "lost",
        "endangered",
        "offer",
        "waiting",
        "waitlist",
        "waitlist-offer",
        "info",
    ]
    server: str
    title: str
    message: str
    booking: UUID | None = None


class QueueRequest(Request):
    """Let a running server wait for an idle GPU of a pool."""

    pool: Name
    server: Name = ""


class QueuePlace(Answer):
    """A place in the line for an idle GPU.

    ``expected`` is when a GPU can be expected there, as far as the calendar knows; null: nobody knows. While one is
    offered, ``offer_until`` says until when, and ``notice`` which notice tells of it; ``accepted``: the server is
    being restarted with it.
    """

    id: int
    server: str
    pool: str
    product: str
    simulated: bool
    since: datetime
    place: int
    expected: datetime | None
    offer_until: datetime | None
    accepted: bool
    notice: int | None


class State(Answer):
    """Everything the panels show of one user; sent whole on the stream whenever any of it changes."""

    now: datetime
    user: str
    sessions: list[Session]
    bookings: list[BookingModel]
    notices: list[Notice]
    pools: list[PoolModel]
    warnings: list[float]
    """Seconds before the end at which the site warns, unless the user's settings say otherwise."""
    calendar_version: int
    queue: list[QueuePlace] = Field(default_factory=list)
    waitlist: list[WaitlistEntry] = Field(default_factory=list)
    open_to_me: list[OpenServer] = Field(default_factory=list)


class Tick(Answer):
    """The service's clock (stream event ``time``, every few seconds)."""

    now: datetime
