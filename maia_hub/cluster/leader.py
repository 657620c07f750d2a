"""One leader among several processes: who holds a Lease of the API (coordination.k8s.io/v1) and keeps renewing it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from maia_hub.cluster.connection import Api, Json
from maia_hub.core.errors import Conflict, MaiaError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Terms:
    """Times in seconds: a lease that nobody has renewed for ``lasts`` is free; its holder renews it ``every`` so
    often, and stops working once no renewal has come through for ``gives_up``, which is well before that.
    """

    lasts: float = 15.0
    gives_up: float = 10.0
    every: float = 2.0


class Leader:
    """Works while it holds the lease, and at no other time.

    Nobody's clock is compared with another one's: a lease counts as abandoned when it has been seen unchanged for as
    long as it lasts. A leader that cannot reach the API stops before anybody else may begin. The Lease itself must be
    there; the rights needed are ``get`` and ``patch`` on it alone.
    """

    def __init__(
        self, api: Api, namespace: str, name: str, identity: str, terms: Terms | None = None
    ) -> None:
        self._api = api
        self._path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}"
        self._identity = identity
        self._terms = terms or Terms()
        self._seen: tuple[str, float] = ("", float("-inf"))
        self._renewed = float("-inf")

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Wait for the lease, work while it is ours, wait again; until cancelled, or until the work itself ends.

        Raises:
            Exception: what the work failed with.
        """
        while True:
            await self._win()
            if await self._lead(work):
                return

    async def _win(self) -> None:
        while not await self._take():
            await asyncio.sleep(self._terms.every)

    async def _lead(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Work until the lease is lost (False) or the work has ended (True); the lease is given back in order."""
        _log.info("%s leads now", self._identity)
        working = asyncio.ensure_future(work())
        keeping = asyncio.ensure_future(self._keep())
        try:
            await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
                return True
            _log.error("%s leads no more: its lease could not be renewed", self._identity)
            return False
        finally:
            for task in (working, keeping):
                task.cancel()
            await asyncio.gather(working, keeping, return_exceptions=True)
            await self._give_back()

    async def _keep(self) -> None:
        """Renew the lease; return once it is lost, or must be taken for lost."""
        while True:
            await asyncio.sleep(self._terms.every)
            left = self._renewed + self._terms.gives_up - time.monotonic()
            with suppress(asyncio.TimeoutError):
                if left > 0 and await asyncio.wait_for(self._take(), left):
                    continue
            if time.monotonic() >= self._renewed + self._terms.gives_up or self._is_anothers:
                return

    @property
    def _is_anothers(self) -> bool:
        return self._seen[0] != "" and not self._seen[0].startswith(f"{self._identity}@")

    async def _take(self) -> bool:
        """Take or renew the lease if it is free or ours; False as well if the API does not answer."""
        began = time.monotonic()  # what is written lasts from before it was written
        try:
            lease = await self._api.get(self._path)
            spec = lease.get("spec") or {}
            if not self._may(spec):
                return False
            await self._write(lease, self._mine(spec))
        except Conflict:
            return False  # another one was faster
        except MaiaError as e:
            _log.warning("the lease cannot be had: %s %s", e.message, e.given or "")
            return False
        self._renewed = began
        return True

    def _may(self, spec: Json) -> bool:
        holder = spec.get("holderIdentity") or ""
        state = f"{holder}@{spec.get('renewTime')}" if holder else ""
        if state != self._seen[0]:
            self._seen = state, time.monotonic()
        lasts = float(spec.get("leaseDurationSeconds") or self._terms.lasts)
        abandoned = time.monotonic() - self._seen[1] > lasts
        return not holder or holder == self._identity or abandoned

    def _mine(self, spec: Json) -> Json:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        ours = spec.get("holderIdentity") == self._identity
        changes = int(spec.get("leaseTransitions") or 0)
        return {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": max(1, round(self._terms.lasts)),
            "renewTime": now,
            **({} if ours else {"acquireTime": now, "leaseTransitions": changes + 1}),
        }

    async def _write(self, lease: Json, spec: dict[str, Any]) -> None:
        """Write it unless somebody else has written meanwhile."""
        version = lease["metadata"]["resourceVersion"]
        await self._api.patch(self._path, {"metadata": {"resourceVersion": version}, "spec": spec})

    async def _give_back(self) -> None:
        """Let the next one begin at once."""
        with suppress(MaiaError, asyncio.TimeoutError):
            lease = await asyncio.wait_for(self._api.get(self._path), self._terms.every)
            if (lease.get("spec") or {}).get("holderIdentity") == self._identity:
                await asyncio.wait_for(self._write(lease, {"holderIdentity": None}), self._terms.every)
