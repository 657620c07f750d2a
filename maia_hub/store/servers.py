"""What each server was given last, and what comes next for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, select

from maia_hub.core.ids import DEFAULT_PROJECT, ProjectId, ServerName, UserName
from maia_hub.core.leases import GrantKind
from maia_hub.store.tables import leases, servers
from maia_hub.store.upsert import upsert

ServerState = Literal["starting", "running", "stopping", "stopped"]
StopCause = Literal[
    "expired", "preempted", "revoked", "released", "handed-over", "given-back", "switch", "lost", "renewed"
]


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server.

    ``resume``: the choice that the next grant is forced to (after an end: ``cpu``). ``switch_to``: the choice its
    owner asked to be restarted with. ``stopping``: why the platform stops it, until it runs again.
    """

    user: UserName
    server: ServerName
    grant_id: UUID
    kind: GrantKind
    state: ServerState
    reason: str
    since: datetime
    project: ProjectId = DEFAULT_PROJECT
    last_choice: str | None = None
    resume: str | None = None
    switch_to: str | None = None
    stopping: StopCause | None = None


@dataclass(frozen=True)
class Servers:
    """All servers that ever asked for a grant, a row each."""

    connection: Connection

    def get(self, user: UserName, server: ServerName) -> Server | None:
        """Return a server, or None."""
        query = select(servers).where(servers.c.user == user, servers.c.server == server)
        return next(iter(self._all(query)), None)

    def by_grant(self, grant_id: UUID) -> Server | None:
        """Return the server that was given a grant last, or None."""
        return next(iter(self._all(select(servers).where(servers.c.grant_id == grant_id))), None)

    def of_user(self, user: UserName) -> list[Server]:
        """Return the user's servers."""
        return self._all(select(servers).where(servers.c.user == user))

    def not_stopped(self) -> list[Server]:
        """Return the servers that run, start, stop or are to be started again."""
        return self._all(
            select(servers).where((servers.c.state != "stopped") | servers.c.stopping.is_not(None))
        )

    def to_respawn(self, ending_by: datetime) -> list[Server]:
        """Return the servers that are being, or may have to be, stopped and started: for that they have a reason of
        their own, or what they hold ends at ``ending_by`` or before.
        """
        ending = select(leases.c.id).where(leases.c.released.is_(None), leases.c.until <= ending_by)
        asked = servers.c.stopping.is_not(None) | servers.c.switch_to.is_not(None)
        there = (servers.c.state != "stopped") | servers.c.stopping.is_not(None)
        return self._all(select(servers).where(there, asked | servers.c.grant_id.in_(ending)))

    def of_users(self, users: Collection[UserName]) -> list[Server]:
        """Return these users' servers that run, start, stop or are to be started again."""
        there = (servers.c.state != "stopped") | servers.c.stopping.is_not(None)
        return self._all(select(servers).where(there, servers.c.user.in_(list(users))))

    def put(self, server: Server) -> None:
        """Write a server."""
        values = {**asdict(server), "kind": server.kind.value}
        key = {name: values.pop(name) for name in ("user", "server")}
        upsert(self.connection, servers, key, values)

    def _all(self, query: Any) -> list[Server]:
        rows = self.connection.execute(query.order_by(servers.c.user, servers.c.server))
        return [
            Server(
                user=UserName(row.user),
                server=ServerName(row.server),
                grant_id=row.grant_id,
                kind=GrantKind(row.kind),
                state=row.state,
                reason=row.reason,
                since=row.since,
                project=ProjectId(row.project),
                last_choice=row.last_choice,
                resume=row.resume,
                switch_to=row.switch_to,
                stopping=row.stopping,
            )
            for row in rows
        ]
