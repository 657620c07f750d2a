"""What is held, as those ask who oversee it: the control loops, and whoever writes on pods what they hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from maia_hub.core.bookings import Booking
from maia_hub.core.ids import BookingId, LeaseId, UserName
from maia_hub.core.leases import Lease
from maia_hub.desk.audience import policy_of
from maia_hub.desk.cases import Cases
from maia_hub.desk.extending import extendable_until
from maia_hub.desk.holding import standing_in
from maia_hub.desk.values import Held
from maia_hub.desk.work import Work
from maia_hub.store.servers import Server


class OverseeingCases(Cases):
    """Questions about all servers at once, and the small ones in between that spare asking them often."""

    def live_leases(self, now: datetime) -> list[Lease]:
        """Return what is held now."""
        with self._read(now) as work:
            return work.tx.leases.live()

    def held(self, now: datetime) -> list[Held]:
        """Return what every server that is not stopped, and every other pod, should read of itself.

        A pod that no hub made ends with its lease: nobody could tell it that it may live on.
        """
        with self._read(now) as work:
            leases = {lease.id: lease for lease in work.tx.leases.live()}
            servers = work.tx.servers.not_stopped()
            bookings = {booking.id: booking for booking in work.tx.bookings.live()}
            return [
                *(self._held(work, s, leases.get(LeaseId(s.grant_id)), bookings) for s in servers),
                *(_held_by_pod(work, lease) for lease in leases.values() if lease.of_pod),
            ]

    def _held(
        self, work: Work, server: Server, lease: Lease | None, live: Mapping[BookingId, Booking]
    ) -> Held:
        latest = lease.until if lease is not None and lease.fixed else None
        if lease is not None and lease.booking is not None and not lease.fixed:
            booking = live.get(lease.booking) or work.tx.bookings.get(lease.booking)
            if booking is not None:
                latest = extendable_until(work, policy_of(work, booking), booking)
        return Held(session=work.session_file(server, lease), latest=latest)

    def held_by(self, users: Collection[UserName], now: datetime) -> list[Held]:
        """Return the same of these users alone, without how far they could still be extended: that moves slowly."""
        with self._read(now) as work:
            leases = {lease.id: lease for lease in work.tx.leases.of_users(users)}
            return [
                *(
                    Held(session=work.session_file(server, leases.get(LeaseId(server.grant_id))), latest=None)
                    for server in work.tx.servers.of_users(users)
                ),
                *(_held_by_pod(work, lease) for lease in leases.values() if lease.of_pod),
            ]

    def live_lease_ids(self, now: datetime) -> list[LeaseId]:
        """Return the ids of what is held now."""
        with self._read(now) as work:
            return work.tx.leases.live_ids()

    def leases(self, grants: Collection[LeaseId], now: datetime) -> list[Lease]:
        """Return what these grants hold now; what they hold no more is left out."""
        if not grants:
            return []
        with self._read(now) as work:
            return work.tx.leases.live_among(grants)

    def server_of(self, grant_id: LeaseId, now: datetime) -> Server | None:
        """Return the server that was given a grant last, None if it was another one's or none's."""
        with self._read(now) as work:
            return work.tx.servers.by_grant(grant_id)

    def servers(self, now: datetime) -> list[Server]:
        """Return the servers that run, start, stop or are to be started again."""
        with self._read(now) as work:
            return work.tx.servers.not_stopped()


def _held_by_pod(work: Work, lease: Lease) -> Held:
    return Held(session=work.session_file(standing_in(lease), lease), latest=lease.until)
