"""One transaction of a use case: what it has read, what it did, and what is told to others when it is committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from maia_hub.core.amendments import Rules
from maia_hub.core.bookings import Booking
from maia_hub.core.calendar import Calendar
from maia_hub.core.closing import Closing
from maia_hub.core.gpus import Gpu, GpuPool, Node
from maia_hub.core.ids import GpuId, NodeId, PoolId, ProjectId, UserName
from maia_hub.core.leases import Lease
from maia_hub.core.sessionfile import SessionFile, SessionGpu
from maia_hub.core.view import View
from maia_hub.desk.facts import project_in
from maia_hub.desk.freeing import ANYWHERE, Freed, freed_by
from maia_hub.desk.picture import Seen
from maia_hub.store import Transaction
from maia_hub.store.events import Event
from maia_hub.store.servers import Server

CALENDAR_EVENTS = ("booking.", "class.", "outage.", "inventory.")


@dataclass
class Work:
    """One transaction: the repositories, and what is told to others once it is committed."""

    opens: Callable[[], Transaction]
    now: datetime
    closing: Closing
    from_settings: Rules
    events: list[Event] = field(default_factory=list)
    files: list[SessionFile] = field(default_factory=list)
    freed: list[Freed] = field(default_factory=list)
    reopened: bool = False
    """Where and when GPUs came free by what was recorded, and whether there may be more of them anywhere."""
    settled: bool = False
    """Whether nothing changes while it lasts: then what was read once need not be read again."""
    rehearsed: bool = False
    """Whether bookings are only tried: then nothing follows for anybody else."""
    seen: Seen | None = None
    """What was found at its beginning; of bookings it tells until something is recorded."""
    lends: bool = True
    """Whether there may be GPUs that are lent."""
    _read: dict[NodeId, tuple[Node, list[Booking]]] = field(default_factory=dict)
    _live_of: dict[UserName, list[Booking]] = field(default_factory=dict)
    _of_project: dict[tuple[ProjectId, datetime], list[Booking]] = field(default_factory=dict)
    _devices: dict[GpuId, Gpu] = field(default_factory=dict)

    @cached_property
    def tx(self) -> Transaction:
        """The repositories; one that only looks may need none."""
        return self.opens()

    def record(
        self,
        actor: str,
        action: str,
        subject: object,
        user: UserName,
        *,
        reason: str = "",
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        """Append an event to the audit log."""
        event = Event(
            at=self.now,
            actor=actor,
            action=action,
            subject=str(subject),
            user=user,
            reason=reason,
            before=before,
            after=after,
            project=project_in(after, before),
        )
        self.events.append(self.tx.events.add(event))
        self.freed += freed_by(action, before, after, self.now)
        self.reopened = self.reopened or action in ANYWHERE

    @cached_property
    def rules(self) -> Rules:
        """What the settings say, and what administrators changed of it."""
        seen = self.seen
        return replace(
            self.from_settings, amendments=seen.amendments if seen else self.tx.amendments.latest()
        )

    @cached_property
    def in_force(self) -> Rules:
        """The policies and quotas that count."""
        return self.rules.in_force

    @property
    def fresh(self) -> Seen | None:
        """What was found at the beginning, if nothing was changed since."""
        return None if self.events else self.seen

    def pools(self) -> list[GpuPool]:
        """Return all pools with their nodes and outages."""
        seen = self.seen if all(event.action.startswith("booking.") for event in self.events) else None
        return seen.pools if seen else self.tx.inventory.pools()

    def occupying(self) -> list[Booking]:
        """Return all bookings that occupy GPUs now or later, by their start."""
        return self.fresh.occupying(self.now) if self.fresh else self.tx.bookings.occupying(self.now)

    def history_of(self, user: UserName) -> list[Booking]:
        """Return the user's bookings in all states, by their start."""
        if self.fresh and self.fresh.user == user:
            return self.fresh.history
        return self.tx.bookings.of_user(user)

    def on_node(self, node: NodeId) -> tuple[Node, list[Booking]]:
        """Return a node and the bookings that occupy its GPUs now or later."""
        if node not in self._read:
            nodes = {n.id: n for pool in self.tx.inventory.pools() for n in pool.nodes}
            found: dict[NodeId, list[Booking]] = {n: [] for n in nodes}
            for booking in self.tx.bookings.occupying(self.now):
                found[booking.node].append(booking)
            read = {n: (nodes[n], found[n]) for n in nodes}
            if not self.settled:
                return read[node]
            self._read = read
            for booking in (each for bookings in found.values() for each in bookings):
                self._live_of.setdefault(booking.user, []).extend([booking] if booking.live else [])
        return self._read[node]

    def live_of(self, user: UserName) -> list[Booking]:
        """Return the user's bookings that run or are to come."""
        if self._read:
            return self._live_of.get(user, [])
        return [booking for booking in self.tx.bookings.of_user(user) if booking.live]

    def of_project(self, project: ProjectId, since: datetime) -> list[Booking]:
        """Return the bookings of a project, of all states, but those that were over by then."""
        key = project, since
        if key in self._of_project:
            return self._of_project[key]
        found = self.tx.bookings.of_project(project, since)
        if self.settled:
            self._of_project[key] = found
        return found

    def devices(self) -> dict[GpuId, Gpu]:
        """Return the GPUs that are present, by their ids."""
        if self._devices:
            return self._devices
        found = {gpu.id: gpu for gpu in self.tx.inventory.gpus()}
        if self.settled:
            self._devices = found
        return found

    def view(self) -> View:
        """Return what decisions about grants look at."""
        return View(
            bookings=self.tx.bookings.live(),
            leases=self.tx.leases.live(),
            pools=self.tx.inventory.pools(),
            gpus=self.tx.inventory.gpus(),
            now=self.now,
            closing=self.closing,
            queue=self.tx.queue.all(),
            classes=self.tx.classes.live(),
        )

    def view_of_lent(self, lent: Sequence[Lease]) -> View:
        """Return what the ends of these leases hang on: the nodes that lend, and what is booked there."""
        nodes = {lease.node for lease in lent}
        pools = [
            replace(pool, nodes=tuple(node for node in pool.nodes if node.id in nodes))
            for pool in self.tx.inventory.pools()
        ]
        return View(
            bookings=self.tx.bookings.live_on(nodes),
            leases=lent,
            pools=pools,
            gpus=(),
            now=self.now,
            closing=self.closing,
        )

    def publish(self, server: Server, lease: Lease | None) -> SessionFile:
        """Let the running server know what it holds, when all else is written; return what it will read."""
        file = self.session_file(server, lease)
        self.files.append(file)
        return file

    def session_file(self, server: Server, lease: Lease | None) -> SessionFile:
        """Return what a server reads of itself."""
        devices = self.devices() if lease else {}
        moments = self.closing.moments(lease.until) if lease and lease.until else None
        return SessionFile(
            grant=str(server.grant_id),
            kind=server.kind.value,
            user=server.user,
            server=server.server,
            project=server.project,
            reason=server.reason,
            since=server.since,
            gpus=tuple(_session_gpu(devices[g]) for g in lease.gpus if g in devices) if lease else (),
            booking=str(lease.booking) if lease and lease.booking else None,
            until=moments.end if moments else None,
            save=moments.save if moments else None,
            stop=moments.stop if moments else None,
            kill=moments.kill if moments else None,
        )


def _session_gpu(gpu: Gpu) -> SessionGpu:
    return SessionGpu(
        id=gpu.id, index=gpu.index, product=gpu.product, memory=gpu.memory, simulated=gpu.simulated
    )


def calendar_of(pool: GpuPool, bookings: list[Booking], without: Booking | None = None) -> Calendar:
    """Return the calendar of a pool with its bookings, less one that is to be moved."""
    calendar = Calendar(pool.nodes)
    nodes = {node.id for node in pool.nodes}
    for booking in bookings:
        apart = without is not None and booking.id == without.id
        if booking.node in nodes and not apart and booking.occupied is not None:
            calendar.take(booking.node, booking.occupied, booking.gpus)
    return calendar


def pool_of(pools: list[GpuPool], pool_id: PoolId) -> GpuPool:
    """Return the pool with that id; bookings always name one that exists."""
    return next(pool for pool in pools if pool.id == pool_id)
