"""Use cases of servers: what may be chosen, what a start receives, how a stop is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maia_hub.core.choices import Choice, choices, preselect
from maia_hub.core.errors import Conflict
from maia_hub.core.grants import CPU, Decision, Wait, decide
from maia_hub.core.ids import LeaseId, ProjectId, ServerName, UserName, new_lease_id
from maia_hub.core.leases import FIXED, GrantKind, Lease, LeaseEnd
from maia_hub.core.sharing import shared_by
from maia_hub.core.view import View
from maia_hub.desk.audience import policy_of
from maia_hub.desk.cases import Cases
from maia_hub.desk.extending import extendable_until
from maia_hub.desk.holding import note_use, running_server
from maia_hub.desk.queueing import settle
from maia_hub.desk.telling import back, preempted
from maia_hub.desk.texts import RESUMED
from maia_hub.desk.ticking import cause_of
from maia_hub.desk.values import Grant
from maia_hub.desk.work import Work
from maia_hub.store.servers import Server, StopCause

_LEASE_ENDS: dict[StopCause, LeaseEnd] = {
    "expired": LeaseEnd.EXPIRED,
    "released": LeaseEnd.RELEASED,
    "handed-over": LeaseEnd.RELEASED,
    "given-back": LeaseEnd.RELEASED,
    "preempted": LeaseEnd.PREEMPTED,
    "revoked": LeaseEnd.REVOKED,
    "switch": LeaseEnd.STOPPED,
    "lost": LeaseEnd.FAILED,
    "renewed": LeaseEnd.EXPIRED,
}


class ServerCases(Cases):
    """What the spawner asks and reports, and what a user wants of a running server."""

    def choices(
        self, user: UserName, server: ServerName, project: ProjectId, now: datetime
    ) -> tuple[list[Choice], str]:
        """Return what ``server`` could be started with now, and the key to preselect."""
        with self._read(now) as work:
            known = work.tx.servers.get(user, server)
            offered = choices(_without_own(work.view(), user, server), user)
            return offered, preselect(offered, known.last_choice if known else None)

    def grant(
        self,
        user: UserName,
        server: ServerName,
        project: ProjectId,
        key: str,
        now: datetime,
        *,
        fixed: bool = False,
    ) -> Grant | Wait:
        """Decide what a server that starts now receives, and write it down.

        After an end the next start gets CPU, whatever the choice: that start is the platform's, not the user's.
        ``fixed``: this server cannot be told of a later end once it runs.
        """
        with self._write(now) as work:
            known = work.tx.servers.get(user, server)
            _release_own(work, user, server)
            forced = known.resume if known else None
            wanted = forced or key
            decision = decide(_view_for(work, wanted), user, server, wanted)
            if isinstance(decision, Wait):
                return decision
            if forced == CPU and known and known.stopping in RESUMED:
                decision = replace(decision, reason=RESUMED[known.stopping])
            decision = replace(decision, fixed=fixed and decision.kind is GrantKind.BOOKED)
            project = _project_of(work, decision, project)
            settle(work, decision, user, server, project)
            grant = _give(work, decision, known, user, server, project, key)
            folders = shared_by(work.tx.classes.of_person(user), user)
            return self._with_latest_end(work, replace(grant, folders=tuple(folders)))

    def _with_latest_end(self, work: Work, grant: Grant) -> Grant:
        booking = work.tx.bookings.get(grant.booking) if grant.booking else None
        if booking is None:
            return grant
        if grant.fixed:
            return replace(grant, latest=grant.until, reason=f"{grant.reason} {FIXED}")
        return replace(grant, latest=extendable_until(work, policy_of(work, booking), booking))

    def running(self, grant_id: LeaseId, now: datetime) -> None:
        """Note that the server of a grant answers."""
        with self._write(now) as work:
            server = work.tx.servers.by_grant(grant_id)
            if server is not None:
                back(work, server)

    def ended(self, grant_id: LeaseId, cause: LeaseEnd, now: datetime) -> None:
        """Note that the process of a grant is gone: its GPUs are free."""
        with self._write(now) as work:
            server = work.tx.servers.by_grant(grant_id)
            lease = work.tx.leases.get(grant_id)
            if lease is not None and lease.live:
                _release(work, lease, _LEASE_ENDS[server.stopping] if server and server.stopping else cause)
                if server is not None and server.stopping == "preempted":
                    work.tx.notices.add(preempted(server, now))
            if server is not None and server.state != "stopped":
                work.tx.servers.put(self._stopped(work, server, lease))
                work.record("platform", "server.stopped", grant_id, server.user, reason=cause.value)

    def _stopped(self, work: Work, server: Server, lease: Lease | None) -> Server:
        """Return the server as stopped; its owner is owed the next start if the supervisor was first at her end."""
        stopped = replace(server, state="stopped")
        if server.stopping is not None or lease is None or not lease.live or lease.until is None:
            return stopped
        if work.now < self.closing.moments(lease.until).stop:
            return stopped
        cause = cause_of(work, lease)
        return replace(stopped, stopping=cause, resume=_next_choice(server, cause))

    def stopping(self, user: UserName, server: ServerName, now: datetime) -> bool:
        """Tell whether the platform will start the server again after this stop."""
        with self._read(now) as work:
            known = work.tx.servers.get(user, server)
            return known is not None and known.stopping is not None

    def request_switch(self, user: UserName, server: ServerName, key: str, now: datetime) -> None:
        """Ask for a running server to be restarted with another choice; `Conflict` if that is not possible now."""
        with self._write(now) as work:
            known = running_server(work, user, server)
            offered = choices(_without_own(work.view(), user, server), user)
            chosen = next((c for c in offered if c.key == key), None)
            if chosen is None or not chosen.enabled:
                raise Conflict(
                    chosen.reason if chosen else "There is no such choice.",
                    given=key,
                    allowed=[c.key for c in offered if c.enabled],
                    advice="Choose one of those that are possible now.",
                )
            work.tx.servers.put(replace(known, switch_to=key))
            work.record(user, "server.switch", known.grant_id, user, after={"choice": key})

    def mark_stopping(self, grant_id: LeaseId, cause: StopCause, now: datetime) -> bool:
        """Note that the platform stops the server of a grant and will start it again; False if it is gone."""
        with self._write(now) as work:
            server = work.tx.servers.by_grant(grant_id)
            if server is None:
                return False
            forced = _next_choice(server, cause)
            work.tx.servers.put(
                replace(server, state="stopping", stopping=cause, resume=forced, switch_to=None)
            )
            work.record("platform", "server.stopping", grant_id, server.user, reason=cause)
            return True

    def respawned(self, user: UserName, server: ServerName, now: datetime) -> None:
        """Note that the platform has started the server again."""
        with self._write(now) as work:
            known = work.tx.servers.get(user, server)
            if known is not None:
                back(work, known)


def _project_of(work: Work, decision: Decision, asked: ProjectId) -> ProjectId:
    """Return for which project a server runs: what is booked was booked for one."""
    booking = work.tx.bookings.get(decision.booking) if decision.booking else None
    return asked if booking is None else booking.project


def _view_for(work: Work, key: str) -> View:
    """Return what a decision about a choice looks at; CPU is there for everybody, whatever the others hold."""
    if key == CPU:
        return View(bookings=(), leases=(), pools=(), gpus=(), now=work.now, closing=work.closing)
    return work.view()


def _next_choice(server: Server, cause: StopCause) -> str | None:
    if cause == "switch":
        return server.switch_to or server.resume
    if cause == "renewed":
        return server.last_choice
    return server.resume if cause == "lost" else CPU


def _without_own(view: View, user: UserName, server: ServerName) -> View:
    """Return the view as it will be once ``server`` has stopped."""
    return replace(view, leases=[x for x in view.leases if (x.user, x.server) != (user, server)])


def _release_own(work: Work, user: UserName, server: ServerName) -> None:
    """Give back what an earlier process of this server held: the hub starts a server only once it is gone."""
    for lease in work.tx.leases.of_server(user, server):
        _release(work, lease, LeaseEnd.STOPPED)


def _release(work: Work, lease: Lease, cause: LeaseEnd) -> None:
    work.tx.leases.release(lease.id, max(work.now, lease.since), cause)
    work.record("platform", "lease.released", lease.id, lease.user, reason=cause.value)


def _give(
    work: Work,
    decision: Decision,
    known: Server | None,
    user: UserName,
    server: ServerName,
    project: ProjectId,
    key: str,
) -> Grant:
    grant = Grant(
        id=new_lease_id(),
        kind=decision.kind,
        reason=decision.reason,
        since=work.now,
        gpus=decision.gpus,
        pool=decision.pool,
        node=decision.node,
        booking=decision.booking,
        until=decision.until,
        fixed=decision.fixed,
        next_free=decision.next_free,
        place=decision.place,
        resource=_resource(work, decision),
    )
    lease = _lease(work, grant, user, server, project)
    given = Server(
        user=user,
        server=server,
        grant_id=grant.id,
        kind=grant.kind,
        state="starting",
        reason=grant.reason,
        since=work.now,
        project=project,
        last_choice=key,
        stopping=known.stopping if known else None,
    )
    work.tx.servers.put(given)
    if grant.kind is GrantKind.BOOKED:
        work.tx.notices.withdraw(user, "switch")
    grant = replace(grant, session=work.publish(given, lease).to_json())
    work.record(
        user,
        f"grant.{grant.kind.value}",
        grant.id,
        user,
        reason=grant.reason,
        after={
            "server": server,
            "choice": key,
            "gpus": [g.id for g in grant.gpus],
            "until": grant.until.isoformat() if grant.until else None,
        },
    )
    return grant


def _resource(work: Work, decision: Decision) -> str | None:
    return next((pool.resource for pool in work.tx.inventory.pools() if pool.id == decision.pool), None)


def _lease(work: Work, grant: Grant, user: UserName, server: ServerName, project: ProjectId) -> Lease | None:
    if grant.kind is GrantKind.CPU or grant.pool is None or grant.node is None:
        return None
    lease = Lease(
        id=grant.id,
        kind=grant.kind,
        user=user,
        server=server,
        pool=grant.pool,
        node=grant.node,
        gpus=tuple(g.id for g in grant.gpus),
        since=work.now,
        until=grant.until,
        booking=grant.booking,
        fixed=grant.fixed,
        project=project,
    )
    work.tx.leases.add(lease)
    if grant.booking is not None:
        booking = work.tx.bookings.get(grant.booking)
        if booking is not None:
            note_use(work, booking)
    return lease
