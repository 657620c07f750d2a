"""The shapes of the REST API, version 1: what travels between the service and everybody else.

Times are ISO 8601 with an offset; the service always answers in UTC. Memory is in bytes,
durations in seconds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Kind = Literal["booked", "opportunistic", "cpu"]


class Model(BaseModel):
    """Common ground: unknown fields of a request are an error, not silently dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ---- inventory and calendar


class GpuModel(Model):
    """One device; ``simulated`` must be shown wherever the device is."""

    id: str
    node: str
    index: int
    product: str
    memory: int
    simulated: bool
    mig_profile: str | None = None


class PoolModel(Model):
    """The GPUs of one product that can be booked."""

    id: str
    product: str
    resource: str
    simulated: bool
    capacity: int
    largest_node: int
    gpus: list[GpuModel]


class BookingModel(Model):
    """A booking; ``may`` lists what the asking user can do to it now."""

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
    may: list[Literal["extend", "move", "cancel", "release", "revoke"]]


class FreePoint(Model):
    """From ``at`` on, ``free`` GPUs of the pool are free."""

    at: datetime
    free: int


class OutageModel(Model):
    """GPUs of a node that cannot be used over an interval."""

    node: str
    start: datetime
    end: datetime
    gpus: int
    reason: str


class PoolCalendar(Model):
    """One pool over the asked interval."""

    pool: PoolModel
    bookings: list[BookingModel]
    outages: list[OutageModel]
    profile: list[FreePoint]


class CalendarModel(Model):
    """All pools over [start, end)."""

    now: datetime
    start: datetime
    end: datetime
    pools: list[PoolCalendar]


class Slot(Model):
    """A free interval on a node."""

    pool: str
    node: str
    gpus: int
    start: datetime
    end: datetime


# ---- bookings: requests and verdicts


class BookingRequest(Model):
    """Ask for ``gpus`` GPUs over [start, end) of a pool: its id, or a product name that matches just one."""

    pool: str | None = None
    product: str | None = None
    gpus: int = 1
    start: AwareDatetime
    end: AwareDatetime
    project: str = "default"
    note: Annotated[str, Field(max_length=200)] = ""


class BookingChange(Model):
    """Move or shorten a booking; what is left out stays."""

    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    note: Annotated[str, Field(max_length=200)] | None = None


class ExtendRequest(Model):
    """Give the booking a later end."""

    until: AwareDatetime


class RefusalModel(Model):
    """Which rule refused, what was given, what is allowed, and the earliest start that would pass."""

    rule: str
    message: str
    given: str
    limit: str
    earliest: datetime | None = None


class Verdict(Model):
    """The answer to *could I book this?*: allowed, or every reason why not and the next free slot."""

    allowed: bool
    node: str | None = None
    refusals: list[RefusalModel] = []
    next_free: Slot | None = None


# ---- servers: choices, grants, sessions


class Choice(Model):
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


class Options(Model):
    """All choices for a server; ``preselected`` is the key of the user's last choice, or of CPU."""

    now: datetime
    choices: list[Choice]
    preselected: str


class GrantRequest(Model):
    """The spawner asks what a server that starts now receives. ``choice`` is the key of a `Choice`."""

    user: str
    server: str = ""
    project: str = "default"
    choice: str = "cpu"


class Grant(Model):
    """What a server start receives. ``id`` is the lease's for a GPU grant."""

    id: UUID
    kind: Kind
    reason: str
    gpus: list[GpuModel] = []
    pool: str | None = None
    node: str | None = None
    booking: UUID | None = None
    since: datetime
    until: datetime | None = None
    next_free: datetime | None = None


class Wait(Model):
    """HTTP 202 instead of a grant: the GPU is being handed over; ask again after ``retry_after`` seconds."""

    wait: Literal[True] = True
    message: str
    retry_after: float
    give_up_at: datetime


class GrantEnded(Model):
    """The spawner reports that the process of a grant is gone."""

    cause: Literal["stopped", "failed"] = "stopped"


class Stopping(Model):
    """The spawner asks, while stopping: will this server be started again by the platform?"""

    resume: bool


class Session(Model):
    """What one running server holds; ``extendable_until`` is the latest end that could be had now."""

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
    next_holder: str | None
    next_start: datetime | None
    switch: Choice | None = None
    """A booking of the user has begun (or a GPU of hers has come free) while this server runs without it."""
    ending: bool = False


class Notice(Model):
    """A message kept until dismissed: what happened to the user's server, and what can be done."""

    id: int
    at: datetime
    kind: Literal["expired", "preempted", "revoked", "released", "switch", "respawned", "info"]
    server: str
    title: str
    message: str


class State(Model):
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


class GpuUsage(Model):
    """Utilisation in per cent and memory in bytes of one GPU; None where it cannot be read."""

    gpu: str
    utilisation: float | None
    memory_used: int | None
    memory: int
    simulated: bool


class Usage(Model):
    """Usage of the GPUs that the user's servers hold (stream event ``usage``)."""

    now: datetime
    gpus: list[GpuUsage]


class SwitchRequest(Model):
    """Restart a running server with another choice."""

    choice: str


class Tick(Model):
    """The service's clock (stream event ``time``, every 15 seconds)."""

    now: datetime


# ---- people, accounting, audit


class Me(Model):
    """Who is asking; ``xsrf`` must come back as the header X-XSRFToken on cookie-authenticated changes."""

    user: str
    admin: bool
    groups: list[str]
    now: datetime
    xsrf: str | None = None


class Account(Model):
    """GPU-hours of a user in a project over a window."""

    user: str
    project: str
    booked: float
    used: float
    idle: float


class AuditEvent(Model):
    """One decision: who, what, when, why, before and after."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str
    before: dict[str, object] | None
    after: dict[str, object] | None


class Revocation(Model):
    """An administrator ends somebody's booking; the reason is shown to its owner."""

    reason: Annotated[str, Field(min_length=1, max_length=200)]


class OutageRequest(Model):
    """GPUs of a node are taken out of service over [start, end)."""

    node: str
    start: AwareDatetime
    end: AwareDatetime
    gpus: int = 1
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class ForeignProcess(Model):
    """A process that uses a GPU it was not given (administrators only)."""

    gpu: str
    pid: int
    unix_user: str
    memory: int | None
    since: datetime


class Problem(BaseModel):
    """RFC 9457 problem details, the one shape of every error (application/problem+json).

    ``type`` is ``urn:maia-hub:problem:`` and the code of an error class; ``login`` is where to sign in.
    """

    type: str
    title: str
    status: int
    detail: str
    given: object = None
    allowed: object = None
    advice: str | None = None
    refusals: list[RefusalModel] = []
    next_free: Slot | None = None
    login: str | None = None


PROBLEM_TYPE = "urn:maia-hub:problem:"
