"""Leases whose process is gone without a word: released, and what they left behind is ended."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from maia_hub.core.errors import MaiaError
from maia_hub.core.ids import LeaseId
from maia_hub.core.leases import Lease, LeaseEnd
from maia_hub.reconcile.ports import Desk, Processes

_log = logging.getLogger(__name__)


def release_dead(desk: Desk, processes: Processes, now: datetime) -> bool:
    """Release every lease whose process has ended; return whether anything is held.

    Of the leases only the ids are read, and those of them that are not known to be well.
    """
    held = desk.live_lease_ids(now)
    release_ended(desk, processes, processes.unsure(held), now)
    return bool(held)


def release_ended(desk: Desk, processes: Processes, grants: Collection[LeaseId], now: datetime) -> None:
    """Release those of these leases whose process has ended."""
    for lease in desk.leases(grants, now):
        if processes.gone(lease, now):
            _release(desk, processes, lease, now)


def _release(desk: Desk, processes: Processes, lease: Lease, now: datetime) -> None:
    processes.sweep(lease.id)
    cause = LeaseEnd.EXPIRED if lease.until is not None and now >= lease.until else LeaseEnd.FAILED
    _log.info("the process of lease %s (%s/%s) is gone: released", lease.id, lease.user, lease.server)
    try:
        desk.ended(lease.id, cause, now)
    except MaiaError as e:
        _log.warning("lease %s was not released: %s", lease.id, e.message)
