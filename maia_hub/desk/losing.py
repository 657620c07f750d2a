"""Use cases of servers that were lost: nobody stopped them, and their process is gone or is going."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from maia_hub.core.grants import CPU
from maia_hub.core.ids import LeaseId
from maia_hub.core.leases import Lease, LeaseEnd
from maia_hub.desk.cases import Cases
from maia_hub.desk.texts import AGAIN, AGAIN_ON_CPU, LOST, NOT_AGAIN, Loss
from maia_hub.store.notices import Notice
from maia_hub.store.servers import Server

WORTH_A_RESTART = timedelta(seconds=20)
"""A server that was lost sooner after its grant would most likely be lost again: its owner starts it, or not."""
_JUST_NOW = timedelta(minutes=1)
_WITHOUT_GPU: frozenset[Loss] = frozenset({"deadline", "preempted"})


class LosingCases(Cases):
    """What becomes of a server that ended without being asked to."""

    def lost(self, grant_id: LeaseId, why: Loss, detail: str, now: datetime) -> bool:
        """Tell the owner of a running server that it was lost, and plan to start it again as it was.

        A GPU that it must not have any more it does not get again. Return whether it is to be started again; False
        also for a server that the platform is stopping anyway, has come to its end, or does not know.
        """
        with self._write(now) as work:
            server = work.tx.servers.by_grant(grant_id)
            lease = work.tx.leases.get(grant_id)
            if server is None or not self._unexpected(server, lease, now):
                return False
            again = now - server.since >= WORTH_A_RESTART
            forced = CPU if why in _WITHOUT_GPU else server.last_choice or CPU
            work.tx.notices.add(_told(server, why, forced if again else None, now))
            work.record("platform", "server.lost", grant_id, server.user, reason=f"{why}: {detail}")
            if again:
                work.tx.servers.put(_to_be_started(server, forced))
            return again

    def _unexpected(self, server: Server, lease: Lease | None, now: datetime) -> bool:
        """Tell whether a server was running until now, as far as anybody here knows."""
        if server.stopping is not None:
            return False
        if lease is not None and lease.until is not None and now >= self.closing.moments(lease.until).stop:
            return False  # its end has come: that is told, and followed by the next start, in the usual way
        return server.state == "running" or (server.state == "stopped" and _just_failed(lease, now))


def _just_failed(lease: Lease | None, now: datetime) -> bool:
    """Tell whether a lease was released a moment ago because its process was found gone: nobody stopped it."""
    if lease is None or lease.released is None:
        return False
    return lease.ended_by is LeaseEnd.FAILED and now - lease.released <= _JUST_NOW


def _to_be_started(server: Server, forced: str) -> Server:
    state = "stopping" if server.state == "running" else server.state
    return replace(server, state=state, stopping="lost", resume=forced)


def _told(server: Server, why: Loss, forced: str | None, now: datetime) -> Notice:
    title, message = LOST[why]
    after = NOT_AGAIN if forced is None else AGAIN_ON_CPU if forced == CPU else AGAIN
    return Notice(
        user=server.user,
        server=server.server,
        at=now,
        kind="lost",
        title=title,
        message=f"{message} {after}".strip(),
    )
