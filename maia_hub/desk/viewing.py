"""What people see: the calendar, their own state, the audit log, GPU-hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maia_hub.core.accounting import Account, account
from maia_hub.core.bookings import Booking
from maia_hub.core.choices import Choice, choices
from maia_hub.core.errors import NotFound
from maia_hub.core.gpus import Gpu, GpuPool
from maia_hub.core.ids import LeaseId, ProjectId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.core.view import View
from maia_hub.desk.entering import entrants, open_to, visits
from maia_hub.desk.extending import extendable_until
from maia_hub.desk.people import Actor, require_admin
from maia_hub.desk.queueing import places
from maia_hub.desk.values import PoolView, SessionView, UserState
from maia_hub.desk.waitlist import WaitlistCases
from maia_hub.desk.work import CALENDAR_EVENTS, Work, calendar_of
from maia_hub.store.events import Event
from maia_hub.store.searching import EVERYTHING, Search
from maia_hub.store.servers import Server


class ViewCases(WaitlistCases):
    """Everything that is looked at."""

    def pools(self, now: datetime) -> list[GpuPool]:
        """Return the pools that have GPUs."""
        with self._read(now) as work:
            return [p for p in work.pools() if p.largest_node]

    def gpus(self, now: datetime) -> list[Gpu]:
        """Return the GPUs that are present."""
        with self._read(now) as work:
            return work.tx.inventory.gpus()

    def calendar(self, interval: Interval, now: datetime) -> list[PoolView]:
        """Return bookings, outages and the profile of free GPUs of every pool over the interval."""
        with self._read(now) as work:
            seen = work.tx.bookings.within(interval)
            occupying = work.tx.bookings.occupying(min(now, interval.start))
            gpus = work.tx.inventory.gpus()
            return [
                _pool_view(pool, gpus, seen, occupying, interval)
                for pool in work.tx.inventory.pools()
                if pool.largest_node
            ]

    def state(self, user: UserName, now: datetime) -> UserState:
        """Return everything the panels show of ``user``."""
        with self._read(now) as work:
            view = work.view()
            servers = [s for s in work.tx.servers.of_user(user) if s.state != "stopped" or s.stopping]
            return UserState(
                now=now,
                user=user,
                sessions=tuple(self._session(work, view, server) for server in servers),
                bookings=tuple(b for b in view.bookings if view.may_use(b, user)),
                notices=tuple(work.tx.notices.open(user)),
                queue=tuple(places(view, user)),
                wishes=tuple(self.wishes_of(work, user)),
                pools=tuple(p for p in view.pools if p.largest_node),
                gpus=tuple(view.gpus),
                calendar_version=work.tx.events.latest(CALENDAR_EVENTS),
                open_to=tuple(kept.entry for kept in open_to(work, user)),
            )

    def dismiss(self, user: UserName, notice_id: int, now: datetime) -> None:
        """Dismiss one of the user's notices."""
        with self._write(now) as work:
            if not work.tx.notices.dismiss(user, notice_id):
                raise NotFound("There is no such notice.", given=notice_id)
            work.record(user, "notice.dismissed", notice_id, user)

    def audit(
        self,
        actor: Actor,
        now: datetime,
        *,
        before: int | None = None,
        limit: int = 100,
        search: Search = EVERYTHING,
    ) -> list[Event]:
        """Return the events that are searched for, the newest first.

        Administrators see all, who leads a project or is its data steward those of this project.
        """
        if search.project is None or not actor.oversees(ProjectId(search.project)):
            require_admin(actor)
        with self._read(now) as work:
            return work.tx.events.page(before=before, limit=limit, search=search)

    def account(self, window: Interval, now: datetime) -> list[Account]:
        """Return everybody's GPU-hours within the window."""
        with self._read(now) as work:
            return account(work.tx.bookings.within(window), work.tx.leases.within(window), window, now)

    def _session(self, work: Work, view: View, server: Server) -> SessionView:
        lease = next((x for x in view.leases if x.id == server.grant_id), None)
        devices = {g.id: g for g in view.gpus}
        moments = self.closing.moments(lease.until) if lease and lease.until else None
        booking = next((b for b in view.bookings if lease and b.id == lease.booking), None)
        ending = server.stopping is not None or (moments is not None and work.now >= moments.stop)
        stays = ending or (lease is not None and lease.fixed)
        return SessionView(
            server=server,
            lease=lease,
            gpus=tuple(devices[g] for g in lease.gpus if g in devices) if lease else (),
            moments=moments,
            extendable_until=None if stays or booking is None else self._extendable(work, booking),
            next_booking=_next_booking(view, lease),
            switch=None if ending else _switch(view, server),
            ending=ending,
            entrants=tuple(
                k.entry.visitor for k in entrants(work, server.user) if k.entry.server == server.server
            ),
            visits=tuple(v for v in visits(work, server.user) if v.server == server.server),
        )

    def _extendable(self, work: Work, booking: Booking) -> datetime | None:
        """Return the latest end that she could have now; None if she cannot move it."""
        if booking.group is not None:
            return None
        latest = extendable_until(work, work.in_force.policies.choose(booking.project), booking)
        return latest if latest > booking.interval.end else None


def _pool_view(
    pool: GpuPool, gpus: list[Gpu], seen: list[Booking], occupying: list[Booking], interval: Interval
) -> PoolView:
    nodes = {node.id for node in pool.nodes}
    return PoolView(
        pool=pool,
        gpus=tuple(g for g in gpus if g.node in nodes),
        bookings=tuple(b for b in seen if b.pool == pool.id),
        outages=tuple(o for node in pool.nodes for o in node.outages if o.interval.overlaps(interval)),
        profile=tuple(calendar_of(pool, occupying).profile(interval)),
    )


def _next_booking(view: View, lease: Lease | None) -> Booking | None:
    """Return who comes next on the node of a lease."""
    if lease is None:
        return None
    coming = [b for b in view.bookings_on(lease.node) if b.interval.start > view.now]
    return min(coming, key=lambda b: b.interval.start, default=None)


def _switch(view: View, server: Server) -> Choice | None:
    """Return the booked GPU that a server of its owner could have now and does not."""
    if server.kind is GrantKind.BOOKED or server.state != "running":
        return None
    own = [x for x in view.leases if x.id != LeaseId(server.grant_id)]
    offered = choices(replace(view, leases=own), server.user)
    return next((c for c in offered if c.kind is GrantKind.BOOKED and c.enabled), None)
