"""A place in the line for an idle GPU, in the shape of the API."""

from __future__ import annotations

from maia_hub.client import models as m
from maia_hub.desk import Place


def queue_place(given: Place) -> m.QueuePlace:
    """Show a place in a line."""
    waiter = given.waiter
    return m.QueuePlace(
        id=waiter.id,
        server=waiter.server,
        pool=waiter.pool,
        product=given.pool.product,
        simulated=given.pool.simulated,
        since=waiter.since,
        place=given.number,
        expected=given.expected,
        offer_until=waiter.until,
        accepted=waiter.accepted is not None,
        notice=waiter.notice,
    )
