"""The ground all use cases stand on: one transaction, and what follows its commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from maia_hub.core.amendments import Rules
from maia_hub.core.bookings import Booking
from maia_hub.core.calendar import Calendar
from maia_hub.core.closing import Closing
from maia_hub.core.errors import Unavailable
from maia_hub.core.gpus import Gpu, GpuPool, Node
from maia_hub.core.ids import GpuId, NodeId, PoolId, ProjectId, UserName
from maia_hub.core.leases import Lease
from maia_hub.core.policy import PolicySet
from maia_hub.core.projects import Projects
from maia_hub.core.sessionfile import SessionFile, SessionGpu
from maia_hub.core.view import View
from maia_hub.desk.facts import project_in
from maia_hub.desk.freeing import ANYWHERE, Freed, freed_by
from maia_hub.desk.picture import Picture, Seen
from maia_hub.store import Store, Transaction
from maia_hub.store.events import Event
from maia_hub.store.servers import Server

_log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=60)
"""How long GPUs may be missing before anybody is told: a kubelet that restarts has none for a moment."""
ALARM_EVENTS = ("booking.endangered", "booking.safe", "inventory.trouble", "inventory.well")
"""What an administrator should find in the logs, too."""
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


JOINED: ContextVar[Work | None] = ContextVar("joined", default=None)
"""The transaction that the use cases of this thread are parts of, if each is not one of its own."""


class Cases:
    """A group of use cases over one store."""

    def __init__(
        self,
        store: Store,
        policies: PolicySet,
        closing: Closing,
        publish: Callable[[SessionFile], None],
        on_event: Callable[[Event], None] | None = None,
        patience: timedelta = PATIENCE,
        projects: Projects | None = None,
    ) -> None:
        self._store = store
        self.policies = policies
        self.closing = closing
        self.projects = projects or Projects()
        self.patience = patience
        self._publish = publish
        self._picture = Picture()
        self._listeners: list[Callable[[Event], None]] = [on_event] if on_event else []

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``listener`` with every event once it is committed, from any thread; return how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, event: Event) -> None:
        """Call every listener with an event that is committed, by this process or by another one."""
        for listener in tuple(self._listeners):
            listener(event)

    def follow(self) -> Callable[[], None]:
        """Tell listeners of what other processes commit to the same database, too; return how to stop that."""
        return self._store.listen(self.tell)

    @contextmanager
    def _write(self, now: datetime) -> Iterator[Work]:
        joined = JOINED.get()
        if joined is not None:
            yield joined
            return
        with self._store.write() as tx:
            work = Work(lambda: tx, now, self.closing, Rules(self.policies, self.projects))
            yield work
            self._follow(work)
            self._tell_servers(work)
        self._announce(work)

    def _follow(self, work: Work) -> None:
        """Do what follows from what a transaction did, as its last part."""

    @contextmanager
    def _joined(self, work: Work) -> Iterator[None]:
        """Let all use cases that this thread calls meanwhile be parts of one transaction."""
        token = JOINED.set(work)
        try:
            yield
        finally:
            JOINED.reset(token)

    def _announce(self, work: Work) -> None:
        """Tell what was committed."""
        for event in work.events:
            if event.action in ALARM_EVENTS:
                _log.warning("%s %s %s: %s", event.action, event.subject, event.user, event.reason)
            self.tell(event)

    def _tell_servers(self, work: Work) -> None:
        """Tell running servers before the commit: an end that a server cannot learn of is not given."""
        try:
            for file in work.files:
                self._publish(file)
        except OSError as e:
            raise Unavailable(
                f"The server could not be told what it holds ({e.strerror}).",
                advice="Nothing was changed. Try again; tell the administrator if it stays so "
                "(is the disk full, or the data folder read-only?).",
            ) from e

    @contextmanager
    def _rehearse(self, now: datetime) -> Iterator[Work]:
        """Try bookings by the code that makes them, on what is there at this moment; nobody waits meanwhile."""
        with self._store.rehearse() as tx:
            yield Work(lambda: tx, now, self.closing, Rules(self.policies, self.projects), rehearsed=True)

    @contextmanager
    def _read(self, now: datetime) -> Iterator[Work]:
        joined = JOINED.get()
        if joined is not None:
            yield joined
            return
        with self._store.read() as tx:
            yield Work(lambda: tx, now, self.closing, Rules(self.policies, self.projects), settled=True)


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
