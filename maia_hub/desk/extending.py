"""How far a running booking could still be extended."""

from __future__ import annotations

from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking
from maia_hub.core.calendar import Calendar
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Policy, latest_end
from maia_hub.desk.standing import standing_of
from maia_hub.desk.work import Work

_LONGEST_LOOK = timedelta(days=365)
"""How far an extension is offered where neither the rules nor other bookings set a limit."""
_MOMENT = timedelta.resolution


def extendable_until(work: Work, policy: Policy, booking: Booking) -> datetime:
    """Return the latest end that calendar, policy and quotas allow now; the end it has if that cannot be moved."""
    node, occupying = work.on_node(booking.node)
    counted = policy.weekly_gpu_hours is not None  # then those that are over count, too
    history = work.tx.bookings.of_user(booking.user) if counted else work.live_of(booking.user)
    by_policy = latest_end(policy, booking, history, work.now, standing_of(work, booking))
    calendar = Calendar([node])
    for other in occupying:
        if other.id != booking.id and other.occupied is not None:
            calendar.take(node.id, other.occupied, other.gpus)
    latest = by_policy or booking.interval.end + _LONGEST_LOOK
    starts = [b.interval.start for b in occupying]
    starts += [outage.interval.start for outage in node.outages]
    for start in sorted(s for s in starts if s >= booking.interval.end):
        if calendar.free_on(booking.node, Interval(start, start + _MOMENT)) < booking.gpus:
            latest = min(start, latest)
            break
    return max(latest, booking.interval.end)
