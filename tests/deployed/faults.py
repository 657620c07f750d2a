"""A site whose parts can be taken away and brought back, with servers so light that a test can afford many."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import psutil

from maia_hub.client.models import BookingModel
from maia_hub.core.errors import MaiaError
from tests.deployed.disk import Disk
from tests.deployed.site import SERVERS, Site, rights
from tests.images import building
from tests.images.pods import SECURITY
from tests.kube import control, daemons, gpus, node
from tests.kube.kube import Kube
from tests.kube.place import Place
from tests.kube.programs import KUBERNETES_PROGRAMS, folder_of
from tests.platform import eventually

ALARM_AFTER = 3.0
LIGHT = """
c.KubeSpawner.cmd = ["python3", "-m", "http.server", "8888"]
c.KubeSpawner.cpu_guarantee = 0.001
c.KubeSpawner.mem_guarantee = "16M"
c.JupyterHub.concurrent_spawn_limit = 0
c.Spawner.poll_interval = 5
c.JupyterHub.authenticate_prometheus = False
"""
HELD_TWICE = """
SELECT a.gpu, x."user", y."user" FROM lease_gpus a JOIN lease_gpus b ON a.gpu = b.gpu
JOIN leases x ON x.id = a.lease JOIN leases y ON y.id = b.lease
WHERE x.id < y.id AND x.since < coalesce(y.released, '9999-01-01') AND y.since < coalesce(x.released, '9999-01-01')
"""
"""Every GPU that two leases ever held at the same time, and by whom."""


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(timezone.utc)


class Shaky(Site):
    """Its servers do nothing but answer; the supervisor, the pod and the hub around them are the real ones."""

    def __init__(self, kube: Kube, folder: Path, image: str, more: str = "") -> None:
        self._disk = Disk(folder)
        settings = {"alarm_after": ALARM_AFTER, "database": f"sqlite:///{self.database}"}
        super().__init__(kube, folder, image, more, settings)

    def _write(self) -> None:
        super()._write()
        self._disk.mount()

    def stop(self) -> None:
        """End it, and every server."""
        super().stop()
        self._disk.close()

    # ---- faults: each lasts for the time of a block

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Kill hub or service, and start it again afterwards."""
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait(10)
        yield
        if name == "hub":
            self.launch("hub", "-f", str(self._folder / "hub.py"), module="jupyterhub")
        else:
            self.start_service()

    @contextmanager
    def locked_database(self) -> Iterator[None]:
        """Let nobody write to the database."""
        with closing(sqlite3.connect(self.database, timeout=10, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    def full_disk(self) -> AbstractContextManager[None]:
        """Leave the database no room to grow."""
        return self._disk.full(self.database)

    def read_only_database(self) -> AbstractContextManager[None]:
        """Let nobody write to the database's file."""
        return self._disk.read_only(self.database)

    @contextmanager
    def without_api_server(self) -> Iterator[None]:
        """Kill the API server, and start it again afterwards."""
        daemons.kill(self.place, "kube-apiserver")
        try:
            yield
        finally:
            control.restart_api_server(self.place, folder_of(KUBERNETES_PROGRAMS))

    @contextmanager
    def without_kubelet(self) -> Iterator[None]:
        """Kill the kubelet, and start it again afterwards."""
        daemons.kill(self.place, "kubelet")
        try:
            yield
        finally:
            node.start_kubelet(self.place, folder_of(KUBERNETES_PROGRAMS))

    @contextmanager
    def cordoned(self) -> Iterator[None]:
        """Let nothing be placed on the node."""
        self.kube.kubectl("cordon", self.node)
        try:
            yield
        finally:
            self.kube.kubectl("uncordon", self.node)

    @contextmanager
    def broken_gpus(self, left: int, usual: int) -> Iterator[None]:
        """Leave the node fewer GPUs."""
        gpus.give(self.kube, self.node, {gpus.GPU: left})
        try:
            yield
        finally:
            gpus.give(self.kube, self.node, {gpus.GPU: usual})

    @contextmanager
    def taker(self, priority: str) -> Iterator[None]:
        """Let a pod of this priority run on a GPU, past hub and service."""
        limits = {gpus.GPU: "1", "cpu": "10m", "memory": "16M"}
        container = {
            "name": "taker",
            "image": self._image,
            "imagePullPolicy": "Never",
            "command": ["sleep", "600"],
            "resources": {"limits": limits},
            "securityContext": SECURITY,
        }
        spec = {"priorityClassName": priority, "terminationGracePeriodSeconds": 0, "containers": [container]}
        metadata = {"name": "taker", "namespace": SERVERS}
        self.kube.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        ready = ("wait", "pod", "taker", "-n", SERVERS, "--for=condition=Ready", "--timeout=60s")
        try:
            self.kube.kubectl(*ready)
            yield
        finally:
            self.kube.kubectl("delete", "pod", "taker", "-n", SERVERS, "--now")

    # ---- what there is to see

    @property
    def place(self) -> Place:
        """Where the cluster is on this machine."""
        assert self.kube.place is not None
        return self.kube.place

    @property
    def node(self) -> str:
        """The name of the one node."""
        return str(self.kube.get("nodes")["items"][0]["metadata"]["name"])

    @property
    def database(self) -> Path:
        """The bookings' file."""
        return self._disk.root / "maia.sqlite"

    def begin(self, user: str, seconds: float) -> tuple[BookingModel, str]:
        """Book a GPU, start the user's server with it; return the booking and the pod's uid."""
        booking = self.book(user, seconds)
        self.start_server(user, f"booked:{booking.id}")
        pod = self.pod(user)
        assert gpus.of_pod(pod) == 1, f"{user} got no GPU\n{self.logs()}"
        return booking, str(pod["metadata"]["uid"])

    def on_cpu(self, user: str) -> bool:
        """Say whether the user's server is ready without a GPU, nothing of hers being held any more."""
        try:
            with self.client(user) as client:
                sessions = client.state().sessions
            pod = self.pod(user)
            ready = bool(self.server(user).get("ready"))
        except (httpx.HTTPError, MaiaError, RuntimeError):  # parts of it are away
            return False
        kinds = {session.kind for session in sessions}
        return ready and kinds == {"cpu"} and bool(pod) and gpus.of_pod(pod) == 0

    def leave(self, user: str) -> None:
        """Stop the user's server."""
        self.hub("DELETE", f"/users/{user}/server")
        eventually(lambda: not self.pod(user), f"{user}'s pod is gone", 60, every=0.3)

    def metric(self, name: str) -> float:
        """Return a number of the service's metrics."""
        text = httpx.get(f"{self.url}/services/maia/metrics", trust_env=False).text
        return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))

    def held_twice(self) -> list[tuple[Any, ...]]:
        """Return every GPU that two leases ever held at the same time."""
        with closing(sqlite3.connect(self.database, timeout=10)) as database:
            return database.execute(HELD_TWICE).fetchall()


def processes(uid: str) -> list[int]:
    """Return what runs on this machine for a pod, whatever the cluster knows of it; not what keeps its network."""
    return [pid for pid, group in _everywhere() if uid in group]


def living(uids: Collection[str]) -> set[str]:
    """Return for which of these pods anything runs on this machine; one look for all of them."""
    return {uid for _, group in _everywhere() for uid in uids if uid in group}


def _everywhere() -> Iterator[tuple[int, str]]:
    """Yield the processes of this machine, each with what names its pod."""
    for process in psutil.process_iter(["cmdline"]):
        try:
            group = Path(f"/proc/{process.pid}/cgroup").read_text()
            there = process.status() != psutil.STATUS_ZOMBIE
        except (OSError, psutil.NoSuchProcess):
            continue
        if there and process.info["cmdline"] != ["/pause"]:
            yield process.pid, group


def wait_until(moment: datetime) -> None:
    """Wait for a moment."""
    eventually(lambda: now() >= moment, f"it is {moment}", max(1.0, (moment - now()).total_seconds() + 5))


def gone_in_time(uid: str, booking: BookingModel, late: float = 5.0) -> None:
    """Wait until nothing of a pod runs on the machine, and see that this is no later than it may be."""
    latest = booking.end + timedelta(seconds=late)
    assert processes(uid), "the server runs before its end"
    within = (latest - now()).total_seconds()
    eventually(lambda: not processes(uid), f"the pod's processes are gone by {latest}", within, every=0.1)


@contextmanager
def shaky_site(kube: Kube, folder: Path, devices: int, more: str = "") -> Iterator[Shaky]:
    """Run a site on a cluster that has the release; its node has simulated GPUs for the time of the block."""
    where = kube.get("nodes")["items"][0]["metadata"]["name"]
    gpus.give(kube, where, {gpus.GPU: devices}, {"nvidia.com/gpu.product": "NVIDIA-RTX-A6000"})
    try:
        with rights(kube):
            running = Shaky(kube, folder, building.loaded(kube, "workspace"), LIGHT + more)
            try:
                running.start()
                yield running
            finally:
                running.stop()
    finally:
        gpus.give(kube, where, {gpus.GPU: 0})
