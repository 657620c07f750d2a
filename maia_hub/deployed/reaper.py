"""Pods that the hub no longer knows: a start that failed or was abandoned, a hub whose database was lost."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Protocol

from maia_hub.cluster.pod import Pod
from maia_hub.core.errors import MaiaError
from maia_hub.core.ids import ServerName, UserName
from maia_hub.hub import HubServer

_log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two looks."""
_SHARE = 100.0
"""And so many times what the last one took: asking a hub for thousands of servers is work for it."""


class Pods(Protocol):
    """Who knows the pods."""

    @property
    def stale(self) -> bool:
        """Tell whether that may be out of date."""

    def pods(self) -> Sequence[Pod]:
        """Return all that are there."""


class Hub(Protocol):
    """Who knows the servers."""

    async def servers(self) -> Sequence[HubServer]:
        """Return those that run, start or stop."""

    async def server(self, user: UserName, server: ServerName) -> HubServer | None:
        """Return one, whatever its state."""


class Remover(Protocol):
    """Who deletes pods."""

    def remove(self, pod: Pod, reason: str) -> None:
        """Delete one."""


class Reaper:
    """Deletes a pod if the hub did not know its server at two looks one after the other.

    A hub that does not answer knows nothing, so nothing follows from it, and the next look is a first one again. The
    pods are read before the hub is asked: a hub knows a server before it makes its pod.
    """

    def __init__(self, pods: Pods, hub: Hub, remover: Remover, *, every: float = EVERY) -> None:
        self._pods = pods
        self._hub = hub
        self._remover = remover
        self._every = every
        self._unknown: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            began = time.monotonic()
            try:
                await self.look()
            except MaiaError as e:
                self._unknown = frozenset()
                _log.info("the hub was not asked for its servers: %s", e.message)
            except Exception:
                self._unknown = frozenset()
                _log.exception("pods that the hub does not know were not looked for")
            await asyncio.sleep(max(self._every, _SHARE * (time.monotonic() - began)))

    async def look(self) -> None:
        """Look once; `MaiaError` if the hub does not answer."""
        if self._pods.stale:
            self._unknown = frozenset()
            return
        there = [pod for pod in self._pods.pods() if pod.of_hub and not pod.removed]
        known = {(server.user, server.name) for server in await self._hub.servers()} if there else set()
        strangers = [pod for pod in there if (pod.user, pod.server) not in known]
        for pod in strangers:
            if pod.uid in self._unknown and not await self._is_known(pod):
                self._remover.remove(pod, "the hub does not know its server")
        self._unknown = frozenset(pod.uid for pod in strangers)

    async def _is_known(self, pod: Pod) -> bool:
        """Ask for this one alone: a list takes a while, in which a server may have begun to start."""
        found = await self._hub.server(UserName(pod.user), ServerName(pod.server))
        return found is not None and (found.ready or found.pending is not None)
