"""What the measurements on a cluster share: a site and a stock hub side by side, servers timed, pods seen to end."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx

from maia_hub.cluster.connection import connect
from maia_hub.cluster.ends import End
from maia_hub.cluster.pod import Pod
from maia_hub.cluster.pods import PodWatch
from tests.deployed.site import SECRETS, SERVERS, Site, site
from tests.kube import gpus, helm
from tests.kube.kube import Kube
from tests.kube.running import running
from tests.platform import eventually

OURS, STOCK = "alice", "bob"
LOOK = 0.02
STOCK_HUB = f"""
c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
c.KubeSpawner.extra_resource_limits = {{"{gpus.GPU}": "1"}}
c.KubeSpawner.extra_resource_guarantees = {{"{gpus.GPU}": "1"}}
"""


class StockSite(Site):
    """A hub with the stock KubeSpawner, in the same namespace with the same image, and nothing of the service."""

    def start(self) -> Site:
        """Start it and wait until the hub answers."""
        self._write()
        self.launch("hub", "-f", str(self._folder / "hub.py"), module="jupyterhub")
        eventually(lambda: self._answers(f"{self.url}/hub/api/"), "the stock hub answers", 60)
        return self


@contextmanager
def ground(
    devices: int = 2, more: str = "", settings: Mapping[str, object] = MappingProxyType({})
) -> Iterator[tuple[Kube, Site, Path]]:
    """Yield a cluster, a site on it and a folder; ``more`` and ``settings`` as `Site` has them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "site").mkdir()
        kube = stack.enter_context(running())
        stack.enter_context(helm.installed(kube, "maia-hub", helm.NAMESPACE, {}))
        yield kube, stack.enter_context(site(kube, folder / "site", more, devices, settings)), folder


@contextmanager
def stock_site(kube: Kube, ours: Site, folder: Path) -> Iterator[Site]:
    """Run the stock hub beside a site."""
    (folder / "stock").mkdir()
    stock = StockSite(kube, folder / "stock", ours._image, STOCK_HUB)
    try:
        yield stock.start()
    finally:
        stock.stop()


class Timed:
    """A user's server, started and stopped through the hub's API and looked at as often everywhere."""

    def __init__(self, of: Site, user: str) -> None:
        of.hub("POST", f"/users/{user}")
        headers = {"Authorization": f"token {SECRETS['tester']}"}
        self._site, self._server = of, f"{of.url}/hub/api/users/{user}/server"
        self._http = httpx.Client(headers=headers, timeout=60, trust_env=False)

    def look(self) -> dict[str, Any]:
        """Return the hub's model of the server; empty if there is none."""
        reply = self._http.get(self._server)
        return {} if reply.status_code == 404 else dict(reply.raise_for_status().json())

    def start(self, choice: str | None = None) -> float:
        """Start the server; return the seconds until it was ready."""
        began = time.perf_counter()
        body = {"user_options": {"maia_choice": choice}} if choice else {}
        self._http.post(self._server, json=body).raise_for_status()
        eventually(self._ready, f"the server is ready\n{self._site.logs()}", 120, every=LOOK)
        return time.perf_counter() - began

    def stop(self) -> float:
        """Stop the server; return the seconds until it was gone."""
        began = time.perf_counter()
        self._http.delete(self._server).raise_for_status()
        eventually(lambda: self.look().get("stopped", True), "the server is gone", 60, every=LOOK)
        return time.perf_counter() - began

    def until(self, pending: str | None, ready: bool | None = None) -> float:
        """Wait until something is pending, or nothing is and the server is ready; return the moment."""

        def so() -> bool:
            found = self.look()
            return found.get("pending") == pending and (ready is None or bool(found.get("ready")) is ready)

        eventually(so, f"pending {pending}, ready {ready}\n{self._site.logs()}", 120, every=LOOK)
        return time.perf_counter()

    def _ready(self) -> bool:
        return bool(self.look().get("ready"))


class Ends:
    """When the pods of grants ended, by a watch: from then on the scheduler counts their GPUs as free."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self._at: dict[str, datetime] = {}
        self._following = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Ends:
        self._thread.start()
        assert self._following.wait(30), "the pods are not followed"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(10)

    def of(self, grant: str) -> datetime:
        """Wait for the end of a grant's pod and return its moment."""
        return eventually(lambda: self._at.get(grant), f"the pod of {grant} has ended", 90, every=LOOK)

    def _run(self) -> None:
        self._task = self._loop.create_task(self._follow())
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)

    async def _follow(self) -> None:
        async with await connect(self._kube.kubeconfig) as api:
            watch = PodWatch(api, [SERVERS], on_end=self._ended)
            following = asyncio.create_task(watch.run())
            try:
                await watch.synced()
                self._following.set()
                await following
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    def _ended(self, pod: Pod, _: End) -> None:
        if pod.ended:
            self._at.setdefault(pod.grant, datetime.now(timezone.utc))


def grant_of(of: Site, user: str) -> str:
    """Return the grant of a user's pod."""
    return str(of.pod(user)["metadata"]["labels"]["maia.io/grant"])


def has_gpu(of: Site, user: str) -> bool:
    """Tell whether a user's pod has a GPU."""
    return gpus.of_pod(of.pod(user)) > 0
