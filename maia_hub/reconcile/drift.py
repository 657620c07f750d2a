"""Leases whose process is gone without a word: released, and what they left behind is ended."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from maia_hub.core.errors import MaiaError
from maia_hub.core.leases import Lease, LeaseEnd
from maia_hub.reconcile.ports import Desk, Processes

_log = logging.getLogger(__name__)


def release_dead(desk: Desk, processes: Processes, now: datetime) -> Sequence[Lease]:
    """Release every lease whose process has ended; return the leases that live on."""
    alive = []
    for lease in desk.live_leases(now):
        if not processes.gone(lease, now):
            alive.append(lease)
            continue
        processes.sweep(lease.id)
        cause = LeaseEnd.EXPIRED if lease.until is not None and now >= lease.until else LeaseEnd.FAILED
        _log.info("the process of lease %s (%s/%s) is gone: released", lease.id, lease.user, lease.server)
        try:
            desk.ended(lease.id, cause, now)
        except MaiaError as e:
            _log.warning("lease %s was not released: %s", lease.id, e.message)
    return alive
