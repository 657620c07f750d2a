"""What the panels show of a user, and what metrics count, as computed now."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from maia_hub.client import models as m
from maia_hub.core.bookings import BookingState
from maia_hub.core.ids import UserName
from maia_hub.desk import Actor, Desk
from maia_hub.service import views
from maia_hub.service.metrics import Counts
from maia_hub.service.usage import UsageSource

_NOBODY = Actor(UserName(""))
_LIVE = [state.value for state in BookingState if state is not BookingState.ENDED]
"""Ended bookings grow without end: counting them at each scrape would read them all."""


@dataclass(frozen=True)
class Live:
    """Reads the desk and the devices."""

    desk: Desk
    source: UsageSource

    def state(self, user: str, now: datetime) -> m.State:
        """Return everything the panels show of one user."""
        name = UserName(user)
        found = self.desk.state(name, now)
        return views.state(found, Actor(name), self.desk.closing.warnings)

    def usage(self, state: m.State, now: datetime) -> m.Usage:
        """Return how busy the GPUs are that a user's servers hold."""
        held = [gpu.id for session in state.sessions for gpu in session.gpus]
        return m.Usage(now=now, gpus=self.source.usage(held) if held else [])

    def counts(self, now: datetime) -> Counts:
        """Count the bookings that are not over by state, and GPUs by who holds them."""
        began = time.perf_counter()
        bookings = Counter(b.state.value for b in self.desk.bookings(_NOBODY, now, states=_LIVE))
        leases = self.desk.live_leases(now)
        holders = Counter({lease.kind.value: 0 for lease in leases})
        for lease in leases:
            holders[lease.kind.value] += len(lease.gpus)
        free = len(self.desk.gpus(now)) - sum(holders.values())
        pools = self.desk.pool_counts(now)
        backup = self.desk.last_backup(now)
        return Counts(
            bookings={state: bookings[state] for state in _LIVE},
            gpus={"booked": holders["booked"], "opportunistic": holders["opportunistic"], "free": free},
            alarms=self.desk.alarm_counts(now),
            letters=self.desk.letter_counts(now),
            pools=pools.gpus,
            waiting=pools.waiting,
            notices=self.desk.notice_counts(now),
            expiries=self.desk.expiry_counts(now),
            seconds=time.perf_counter() - began,
            backup=backup.timestamp() if backup else None,
        )
