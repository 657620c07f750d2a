"""The pods that carry a grant, followed by a watch: which there are, and at once when and why one ends."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from maia_hub.cluster.connection import Api
from maia_hub.cluster.ends import Cause, End, plain
from maia_hub.cluster.pod import Pod, read
from maia_hub.cluster.watch import Change, Watch
from maia_hub.core import marks
from maia_hub.core.ids import LeaseId

_log = logging.getLogger(__name__)

OnEnd = Callable[[Pod, End], None]


class PodWatch:
    """Keeps the pods with a grant, of all namespaces or of some, in memory.

    ``on_end`` is called on the event loop, at most twice for a pod: when it is known that it has to go or its server
    has ended (``pod.ended`` is false: something may still run), and when nothing of it runs any more (``pod.ended``
    is true). Pods that had ended before the first list are told of, too. ``on_stale`` is called when it becomes
    ``stale`` and when it is right again. Everything else may be asked from any thread.
    """

    def __init__(
        self,
        api: Api,
        namespaces: Sequence[str] | None = None,
        *,
        on_end: OnEnd = lambda _pod, _end: None,
        on_stale: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._on_end = on_end
        self._on_stale = on_stale
        self._was_stale = True
        self._listeners: list[Callable[[Pod], None]] = []
        self._lock = threading.Lock()
        self._by_grant: dict[str, dict[str, Pod]] = {}
        self._over: set[str] = set()
        self._told: dict[str, bool] = {}
        paths = ["/api/v1/pods"] if namespaces is None else [_pods_of(name) for name in namespaces]
        self._watches: list[Watch[Pod]] = [
            Watch(api, path, read, on_change=self._changed, on_sync=self._synced, selector=marks.GRANT)
            for path in paths
        ]

    @property
    def stale(self) -> bool:
        """Tell whether there may be pods or ends that are not known."""
        return any(watch.stale for watch in self._watches)

    def listen(self, listener: Callable[[Pod], None]) -> None:
        """Call ``listener`` on the event loop with each pod that is new or changed."""
        self._listeners.append(listener)

    def pods(self) -> list[Pod]:
        """Return all pods that are there."""
        with self._lock:
            return [pod for pods in self._by_grant.values() for pod in pods.values()]

    def of_grant(self, grant: LeaseId | str) -> list[Pod]:
        """Return the pods of a grant that are there, ended ones included."""
        with self._lock:
            return list(self._by_grant.get(str(grant), {}).values())

    def over(self, grant: LeaseId | str) -> bool | None:
        """Tell whether all that ever ran for a grant has ended; None if no pod of it was ever seen."""
        with self._lock:
            pods = self._by_grant.get(str(grant))
            if pods:
                return all(pod.ended for pod in pods.values())
            return True if str(grant) in self._over else None

    def running(self) -> set[str]:
        """Return the grants of which something is not known to have ended."""
        with self._lock:
            return {
                grant for grant, pods in self._by_grant.items() if any(not p.ended for p in pods.values())
            }

    def forget(self, grants: Sequence[LeaseId | str]) -> None:
        """Forget that these grants' pods have ended: nobody will ask again."""
        with self._lock:
            self._over.difference_update(str(grant) for grant in grants)

    def remembered(self) -> set[str]:
        """Return the grants of which it is remembered that their pods are gone."""
        with self._lock:
            return set(self._over)

    async def synced(self) -> None:
        """Wait until all pods are known and followed."""
        for watch in self._watches:
            await watch.synced()

    async def run(self) -> None:
        """Follow the pods until cancelled."""
        await asyncio.gather(*(watch.run() for watch in self._watches))

    def _synced(self) -> None:
        if self.stale != self._was_stale:
            self._was_stale = self.stale
            self._on_stale(self.stale)

    def _changed(self, change: Change[Pod]) -> None:
        if change.new is not None:
            with self._lock:
                self._by_grant.setdefault(change.new.grant, {})[change.new.uid] = change.new
            self._tell_end(change.new)
            for listener in self._listeners:
                listener(change.new)
        elif change.old is not None:
            self._gone(change.old, seen=change.seen)

    def _gone(self, last: Pod, *, seen: bool) -> None:
        with self._lock:
            pods = self._by_grant.get(last.grant, {})
            pods.pop(last.uid, None)
            if not pods:
                self._by_grant.pop(last.grant, None)
                self._over.add(last.grant)
        unexplained = plain(Cause.DELETED if seen else Cause.VANISHED)
        self._tell_end(replace(last, ended=True, end=last.end or unexplained))
        self._told.pop(last.uid, None)

    def _tell_end(self, pod: Pod) -> None:
        """Tell of each of the two steps of an end once."""
        told = self._told.get(pod.uid)
        if pod.end is None or not (told is None or (pod.ended and not told)):
            return
        self._told[pod.uid] = pod.ended
        try:
            self._on_end(pod, pod.end)
        except Exception:
            _log.exception("the end of pod %s/%s was not taken in", pod.namespace, pod.name)


def _pods_of(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"
