"""What the use cases take and return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from maia_hub.core.bookings import Booking
from maia_hub.core.choices import Choice
from maia_hub.core.closing import Moments
from maia_hub.core.entry import Entry, Visit
from maia_hub.core.errors import InvalidInput
from maia_hub.core.gpus import Gpu, GpuPool, Outage
from maia_hub.core.ids import (
    DEFAULT_PROJECT,
    BookingId,
    LeaseId,
    NodeId,
    PoolId,
    ProjectId,
    ServerName,
    UserName,
)
from maia_hub.core.interval import Interval
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.core.policy import Refusal
from maia_hub.core.sessionfile import SessionFile
from maia_hub.core.sharing import SharedFolder
from maia_hub.core.waiting import Waiter
from maia_hub.core.waitlist import Wish
from maia_hub.store.notices import Notice
from maia_hub.store.servers import Server, StopCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A wish to book, as a user put it: a pool by id, or by a product name that only one pool has."""

    interval: Interval
    gpus: int = 1
    pool: str | None = None
    product: str | None = None
    project: ProjectId = DEFAULT_PROJECT
    note: str = ""

    def resolve(self, pools: Sequence[GpuPool]) -> GpuPool:
        """Return the pool that is meant; raise `InvalidInput` naming the pools there are."""
        if self.pool is not None:
            found = [p for p in pools if p.id == self.pool]
        elif self.product is not None:
            wanted = self.product.casefold()
            exact = [p for p in pools if p.product.casefold() == wanted]
            found = exact or [p for p in pools if wanted in p.product.casefold()]
        else:
            found = list(pools)
        if len(found) == 1:
            return found[0]
        what = self.pool or self.product or "no pool named"
        raise InvalidInput(
            f"Several GPU pools match “{what}”." if found else f"There is no GPU pool “{what}”.",
            given=what,
            allowed=[p.id for p in found or pools],
            advice="Name one of the pools that are allowed.",
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """A free interval on a node."""

    pool: PoolId
    node: NodeId
    gpus: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to *could I book this?*; ``moves`` are bookings that change their node to make room for it."""

    node: NodeId | None
    refusals: tuple[Refusal, ...] = ()
    next_free: Slot | None = None
    moves: Mapping[BookingId, NodeId] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """Tell whether the booking would pass."""
        return not self.refusals and self.node is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a server start received; ``id`` is the lease's for a GPU grant.

    ``fixed``: its end only ever comes nearer. ``place`` is its number in the line that it waits in; ``resource`` is
    what Kubernetes calls its GPUs; ``latest`` the latest end that an extension could still bring; ``session`` the
    text of the session file that its processes read.
    """

    id: LeaseId
    kind: GrantKind
    reason: str
    since: datetime
    gpus: tuple[Gpu, ...] = ()
    pool: PoolId | None = None
    node: NodeId | None = None
    booking: BookingId | None = None
    until: datetime | None = None
    fixed: bool = False
    next_free: datetime | None = None
    place: int | None = None
    resource: str | None = None
    latest: datetime | None = None
    session: str = ""
    folders: tuple[SharedFolder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one server should read of itself; ``latest`` as in `Grant`."""

    session: SessionFile
    latest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """One pool over an interval."""

    pool: GpuPool
    gpus: tuple[Gpu, ...]
    bookings: tuple[Booking, ...]
    outages: tuple[Outage, ...]
    profile: tuple[tuple[datetime, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """One server of a user, and what it holds."""

    server: Server
    lease: Lease | None
    gpus: tuple[Gpu, ...]
    moments: Moments | None
    extendable_until: datetime | None
    next_booking: Booking | None
    switch: Choice | None
    ending: bool
    entrants: tuple[UserName, ...] = ()
    visits: tuple[Visit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a line: its number, and when a GPU can be expected there; None if nobody knows."""

    waiter: Waiter
    pool: GpuPool
    number: int
    expected: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishView:
    """A wish on the waiting list: its place while it waits, when it can be expected, and the booking made for it."""

    wish: Wish
    pool: GpuPool
    place: int | None
    expected: datetime | None
    booking: Booking | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserState:
    """Everything the panels show of one user."""

    now: datetime
    user: UserName
    sessions: tuple[SessionView, ...]
    bookings: tuple[Booking, ...]
    notices: tuple[Notice, ...]
    queue: tuple[Place, ...]
    wishes: tuple[WishView, ...]
    pools: tuple[GpuPool, ...]
    gpus: tuple[Gpu, ...]
    calendar_version: int
    open_to: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Respawn:
    """A server to be stopped and started again; with ``choice``, its owner asked for it."""

    user: UserName
    server: ServerName
    grant: LeaseId
    cause: StopCause
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What must happen now, and when to look again (None: nothing is planned)."""

    respawns: tuple[Respawn, ...]
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """A booking for which there may be no GPU, why, since when, and what could be offered instead now."""

    booking: Booking
    reason: str
    since: datetime
    offers: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an outage does to bookings: those that go to other nodes, and those for which there is no other place.

    ``restarted``: whose servers hold the GPU that is meant, and are started again when the outage begins.
    """

    moved: tuple[Booking, ...]
    endangered: tuple[Booking, ...]
    restarted: tuple[UserName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """A node as administrators see it; ``trouble`` is empty if all is well, ``since`` says for how long it is not."""

    node: NodeId
    pool: PoolId
    product: str
    gpus: int
    trouble: str
    since: datetime | None
