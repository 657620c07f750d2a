"""The control loops over a cluster: what only one process may do at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from datetime import datetime
from typing import Any, Protocol

from maia_hub.cluster.certificates import Certificates
from maia_hub.cluster.connection import Api
from maia_hub.cluster.ends import Cause, End
from maia_hub.cluster.inventory import NodeWatch
from maia_hub.cluster.pod import Pod
from maia_hub.cluster.pods import PodWatch
from maia_hub.cluster.processes import PodProcesses
from maia_hub.cluster.sessions import SessionWriter
from maia_hub.core.ids import LeaseId
from maia_hub.deployed.inventory import InventoryKeeper
from maia_hub.deployed.losses import Losses
from maia_hub.deployed.monitoring import Prometheus
from maia_hub.deployed.reaper import Reaper
from maia_hub.deployed.sessions import Sessions
from maia_hub.deployed.settings import ClusterIdle, Settings
from maia_hub.desk import Desk
from maia_hub.hub import HubApi
from maia_hub.reconcile import EntryKeeper, IdleWatch, Membership, Reconciler, Retention, telling
from maia_hub.reconcile.membership import Groups

_log = logging.getLogger(__name__)
_LOOK_EVERY = 10.0  # seconds: ends are told by the watch, this is for pods that never came
_HUB_SAYS = 1.0  # seconds: a hub whose user stopped her server says so, and only what nobody says has failed
_SYNCED_WITHIN = 60.0  # seconds until nodes and pods are known


class PodsOfGrants(Protocol):
    """Knows which pods there are."""

    def of_grant(self, grant: LeaseId | str) -> list[Pod]:
        """Return the pods of a grant."""


class Ends:
    """Hands the end of a pod on to whoever has to know: it was lost, or its lease is to be released."""

    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self.loops: Reconciler | None = None

    def take(self, pod: Pod, end: End) -> None:
        """Take note of a pod that has to go or has ended."""
        self._losses.take(pod, end)
        if pod.ended and self.loops is not None and pod.lease is not None:
            asked = pod.of_hub and end.cause is Cause.DELETED and not self.loops.stops(pod.lease)
            wait = _HUB_SAYS if asked else 0.0
            asyncio.get_running_loop().call_later(wait, self.loops.ended, pod.lease)

    def stale(self, is_stale: bool) -> None:
        """Take note that the watch broke, or that it is right again: then nothing was released meanwhile."""
        if not is_stale and self.loops is not None:
            self.loops.missed()


class Control:
    """Follows nodes and pods, keeps the ends of bookings, and writes on pods what they hold.

    ``link`` is the portal as people reach it; empty if that is not known. ``groups_of`` asks the hub for somebody's
    groups. ``known`` is set once the cluster is known. It may be run anew after it was cancelled: nothing is kept.
    """

    def __init__(
        self,
        desk: Desk,
        api: Api,
        hub: HubApi,
        settings: Settings,
        clock: Callable[[], datetime],
        link: str,
        groups_of: Groups,
    ) -> None:
        self._desk = desk
        self._api = api
        self._hub = hub
        self._settings = settings
        self._clock = clock
        self._link = link
        self._groups_of = groups_of
        self.known = asyncio.Event()

    async def run(self) -> None:
        """Run until cancelled.

        Raises:
            Exception: a loop has died, or the cluster was not known in time; half of the loops helps nobody.
        """
        inventory = InventoryKeeper(self._desk, self._clock)
        nodes = NodeWatch(self._api, inventory.tell, tolerated=self._settings.tolerated)
        losses = Losses(self._desk, self._hub, self._clock)
        ends = Ends(losses)
        pods = PodWatch(self._api, self._settings.namespaces, on_end=ends.take, on_stale=ends.stale)
        writer = SessionWriter(self._api, pods)
        sessions = Sessions(self._desk, writer, self._clock)
        processes = PodProcesses(self._api, pods)
        loops = Reconciler(self._desk, self._hub, processes, self._clock, look_every=_LOOK_EVERY)
        ends.loops = loops
        running = _begin(nodes.run(), pods.run(), writer.run(), inventory.run(), *self._certificates())
        with ExitStack() as subscribed:
            told = self._settings
            outward = telling(self._desk, self._clock, told.mail, told.webhook_hosts, self._link)
            entries = EntryKeeper(self._desk, self._hub, self._clock)
            members = Membership(self._desk, self._groups_of, self._clock)
            for listener in (loops.wake, sessions.wake, entries.wake, members.wake):
                subscribed.callback(self._desk.subscribe(listener))
            for each in outward:
                subscribed.callback(self._desk.subscribe(each.wake))
            try:
                known = asyncio.gather(nodes.synced(), pods.synced(), inventory.taken())
                await asyncio.wait_for(known, _SYNCED_WITHIN)
                self.known.set()
                running += _begin(
                    sessions.run(), loops.run(), entries.run(), Reaper(pods, self._hub, processes).run()
                )
                running += _begin(members.run(), *(each.run() for each in outward))
                running += _begin(Retention(self._desk, self._clock, told.keep).run())
                running += _begin(*(w.run() for w in idle_watches(self._desk, told.idle, pods, self._clock)))
                await asyncio.gather(*running)
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)

    def _certificates(self) -> list[Coroutine[Any, Any, None]]:
        review = self._settings.review
        if review is None:
            return []
        return [Certificates(self._api, review.namespace, review.name, self._clock).run()]


def idle_watches(
    desk: Desk, told: ClusterIdle | None, pods: PodsOfGrants, clock: Callable[[], datetime]
) -> list[IdleWatch]:
    """Return the loop that asks about GPUs that do nothing, as its Prometheus knows them; none if a site wants none."""
    if told is None:
        return []

    def pods_of(lease: LeaseId) -> list[tuple[str, str]]:
        return [(pod.namespace, pod.name) for pod in pods.of_grant(lease) if not pod.ended]

    return [IdleWatch(desk, Prometheus(told.prometheus, pods_of), told.rules(), clock)]


def _begin(*work: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(each) for each in work]
