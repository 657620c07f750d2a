"""What the loops need of others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from maia_hub.core.ids import LeaseId, ServerName, UserName
from maia_hub.core.leases import Lease, LeaseEnd

StopCause = Literal[
    "expired", "preempted", "revoked", "released", "handed-over", "given-back", "switch", "lost", "renewed"
]


class Server(Protocol):
    """What a server was given last."""

    @property
    def user(self) -> UserName:
        """Its owner."""

    @property
    def server(self) -> ServerName:
        """Its name."""

    @property
    def grant_id(self) -> UUID:
        """What it was given."""

    @property
    def since(self) -> datetime:
        """When."""


class Respawn(Protocol):
    """A server that must stop now and start again; with ``choice``, its owner asked for that."""

    @property
    def user(self) -> UserName:
        """Its owner."""

    @property
    def server(self) -> ServerName:
        """Its name."""

    @property
    def grant(self) -> LeaseId:
        """What it holds until it has stopped."""

    @property
    def cause(self) -> StopCause:
        """Why."""

    @property
    def choice(self) -> str | None:
        """What its owner wants it to start with; None: as the desk decides."""


class Due(Protocol):
    """What must happen now, and when to look again at the latest."""

    @property
    def respawns(self) -> Sequence[Respawn]:
        """Servers to stop and start again."""

    @property
    def next_at(self) -> datetime | None:
        """The next moment at which something is due."""


class Desk(Protocol):
    """The use cases that the loops call."""

    def tick(self, now: datetime) -> Sequence[object]:
        """Do what time alone brings about: bookings end, nobody shows up, an idle GPU is taken back."""

    def due(self, now: datetime) -> Due:
        """Tell what must happen now."""

    def mark_stopping(self, grant_id: LeaseId, cause: StopCause, now: datetime) -> bool:
        """Take note that the stop is sent; False if the grant is no server's any more."""

    def respawned(self, user: UserName, server: ServerName, now: datetime) -> None:
        """Take note that the server has been started again."""

    def live_lease_ids(self, now: datetime) -> Sequence[LeaseId]:
        """Return the ids of the leases that are not released."""

    def leases(self, grants: Collection[LeaseId], now: datetime) -> Sequence[Lease]:
        """Return those of these leases that are not released."""

    def servers(self, now: datetime) -> Sequence[Server]:
        """Return the servers that run, start, stop or are to be started again."""

    def ended(self, grant_id: LeaseId, cause: LeaseEnd, now: datetime) -> None:
        """Release a lease whose process is gone."""


class Hub(Protocol):
    """What stops and starts servers; failures that may pass are `Unavailable` or `Conflict`."""

    async def stop(self, user: UserName, server: ServerName) -> None:
        """Stop a server and return once it is gone."""

    async def options(self, user: UserName, server: ServerName) -> Mapping[str, object]:
        """Return the options of the server's last start."""

    async def start(
        self, user: UserName, server: ServerName, options: Mapping[str, object] | None = None
    ) -> None:
        """Start a server with the options of its last start, or with others."""


class Processes(Protocol):
    """What is known of the processes behind grants."""

    def unsure(self, grants: Sequence[LeaseId]) -> Sequence[LeaseId]:
        """Return those of these grants whose process is not known to run: the others need no closer look."""

    def gone(self, lease: Lease, now: datetime) -> bool:
        """Tell whether the lease's process has ended, or will never come; False while it may still come."""

    def sweep(self, grant: LeaseId) -> None:
        """End whatever a grant's process has left behind."""

    def tidy(self, servers: Sequence[Server], now: datetime) -> None:
        """End what a newer start of the same server has replaced; forget what ended long ago."""
