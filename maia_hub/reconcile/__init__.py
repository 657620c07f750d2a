"""The control loops: sessions end and begin again on time, leases without a process are released.

What may be here: when to look, what to try again, and in which order. What must happen is the desk's to say
(its ``tick`` and ``due``), how a server is stopped and started is the hub's. The desk, the hub, the processes
and the clock come in by protocol, so that the same loops run on a cluster.
"""

from maia_hub.reconcile.entry import EntryKeeper
from maia_hub.reconcile.idling import IdleWatch, Sampled
from maia_hub.reconcile.loops import Reconciler
from maia_hub.reconcile.membership import Membership
from maia_hub.reconcile.outward import Outward, telling
from maia_hub.reconcile.retention import Retention

__all__ = [
    "EntryKeeper",
    "IdleWatch",
    "Membership",
    "Outward",
    "Reconciler",
    "Retention",
    "Sampled",
    "telling",
]
