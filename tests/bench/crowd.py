"""Thousands of servers that cost nothing: a control plane of its own, simulated nodes, and databases that know them.

KWOK plays the kubelets: pods are scheduled, running and gone at once, and nothing runs in them. One process of this
machine answers the hub in the place of all servers.
"""

from __future__ import annotations

import copy
import json
import shutil
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from jupyterhub import orm

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.ids import BookingId, LeaseId, ServerName, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.store import Store
from maia_hub.store.servers import Server
from tests.deployed.site import SERVERS, Site
from tests.kube import cluster, control, daemons, gpus
from tests.kube.kube import Kube
from tests.kube.place import Place
from tests.kube.programs import KWOK, folder_of
from tests.platform import eventually
from tests.ports import free_port

GPUS_EACH = 8
PRODUCT = "NVIDIA-RTX-A6000"
KUBELETS = Path(__file__).with_name("kwok.yaml")
_AT_ONCE = 16
_NAMES = ("kwok", *control.NAMES)

HUB = """
c.KubeSpawner.port = {port}
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.init_spawners_timeout = -1
c.JupyterHub.cleanup_servers = False
c.JupyterHub.db_url = "sqlite:///{hub_database}"
c.Spawner.http_timeout = 300
"""
ANSWERING = """
import asyncio, sys
ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok"
async def answer(reader, writer):
    try:
        await reader.readuntil(b"\\r\\n\\r\\n")
        writer.write(ANSWER)
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    writer.close()
async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]), backlog=4096)
    await server.serve_forever()
asyncio.run(main())
"""


@contextmanager
def control_plane(folder: Path) -> Iterator[Kube]:
    """Run a control plane beside whatever else runs on this machine."""
    place = Place(
        root=folder / "kube",
        run=folder / "kube" / "run",
        bridge="",
        address="127.0.0.1",
        api_port=free_port(),
        etcd_port=free_port(),
        # KWOK's watches would ask for what Debian's etcd 3.4 cannot do, and be refused.
        api_options=("--feature-gates=WatchList=false",),
    )
    place.root.mkdir()
    try:
        cluster.up(place)
        yield Kube(place.kubeconfig, place)
    finally:
        for name in _NAMES:
            daemons.kill(place, name)
        shutil.rmtree(place.root, ignore_errors=True)


def simulate(kube: Kube, servers: int) -> None:
    """Add simulated nodes with a GPU for each server."""
    assert kube.place is not None
    program = folder_of(KWOK) / "kwok"
    command = [str(program), f"--kubeconfig={kube.kubeconfig}", f"--config={KUBELETS}", "--manage-all-nodes"]
    # Heartbeats as often as a controller manager with its usual patience needs them.
    command += ["--node-lease-duration-seconds=120", f"--server-address=127.0.0.1:{free_port()}"]
    daemons.start(kube.place, "kwok", command)
    create(kube, "/api/v1/nodes", [_node(number) for number in range(-(-servers // GPUS_EACH))])


def _node(number: int) -> dict[str, Any]:
    room = {"cpu": "128", "memory": "2Ti", "pods": "110", gpus.GPU: str(GPUS_EACH)}
    name = f"dgx-{number:04}"
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {"kubernetes.io/hostname": name, "nvidia.com/gpu.product": PRODUCT},
        },
        "status": {"capacity": room, "allocatable": room},
    }


def create(kube: Kube, path: str, objects: Sequence[dict[str, Any]], token: str | None = None) -> None:
    """Create objects, many at a time; as the administrator, or as whose token is given."""
    assert kube.place is not None
    pki = kube.place.root / "pki"
    trust = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    if token is None:
        trust.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with (
        httpx.Client(
            base_url=kube.place.server,
            verify=trust,
            headers=headers,
            timeout=60,
            trust_env=False,
        ) as http,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        for reply in pool.map(lambda each: http.post(path, json=each), objects):
            assert reply.is_success, reply.text[:500]


@contextmanager
def answering(port: int) -> Iterator[None]:
    """Answer in the place of all servers."""
    process = subprocess.Popen([sys.executable, "-c", ANSWERING, str(port)])
    try:
        yield
    finally:
        process.kill()
        process.wait(10)


class Crowd(Site):
    """A site with the rules of a real one, whose hub forgets nothing and waits for all servers at its start."""

    def __init__(self, kube: Kube, folder: Path) -> None:
        self.port = free_port()
        self.hub_database = folder / "hub.sqlite"
        more = HUB.format(port=self.port, hub_database=self.hub_database)
        super().__init__(kube, folder, "localhost/maia-hub/none:1", more, {"policy": "open"})

    @property
    def database(self) -> Path:
        """The bookings' file."""
        return self._folder / "maia.sqlite"

    def rest(self) -> None:
        """End hub and service, so that their databases may be written."""
        for name in ("hub", "service"):
            self.processes[name].terminate()
            self.processes[name].wait(60)

    def wake(self, within: float = 600.0) -> None:
        """Start them again and wait until the hub has looked at all its servers."""
        self.start_service()
        self.launch("hub", "-f", str(self._folder / "hub.py"), module="jupyterhub")
        for name, path in (("hub", "/hub/api/"), ("service", "/services/maia/health")):
            self.wait_for(name, path, within)

    def wait_for(self, name: str, path: str, within: float) -> None:
        """Wait until one of them answers."""
        eventually(
            lambda: self._answers(f"{self.url}{path}"), f"the {name} answers\n{self.logs()}", within, 0.5
        )


@dataclass(frozen=True)
class Pattern:
    """What one real start of a server has left: its pod, and what the hub wrote down of it."""

    user: str
    pod: dict[str, Any]
    state: dict[str, Any]


def pattern(site: Crowd, user: str = "alice") -> Pattern:
    """Start a real server with a booked GPU, and return what it is like; end it again."""
    booking = site.book(user, 3600)
    site.start_server(user, "booked")
    pod = site.pod(user)
    with closing(sqlite3.connect(site.hub_database, timeout=10)) as database:
        ((state,),) = database.execute("SELECT state FROM spawners WHERE state LIKE '%pod_name%'").fetchall()
    site.hub("DELETE", f"/users/{user}/server").raise_for_status()
    with site.client(user) as client:
        eventually(lambda: not client.state().sessions, "the service knows that it is gone", 30)
        client.release(booking.id)
    return Pattern(user, pod, json.loads(state))


@dataclass(frozen=True)
class Member:
    """One of many: a user with a booking, a lease of it, a pod and a server of the hub."""

    user: str
    grant: UUID
    booking: UUID
    ends: datetime

    @property
    def pod(self) -> str:
        """The name of its pod."""
        return f"jupyter-{self.user}"


def members(count: int, ending: int, end: datetime) -> list[Member]:
    """Make up so many users: bookings of the first ``ending`` end at ``end``, the others' much later."""
    later = datetime.now(timezone.utc) + timedelta(days=7)
    return [
        Member(f"user-{n:05}", uuid4(), uuid4(), end if n < ending else later + timedelta(seconds=n))
        for n in range(count)
    ]


def pods(like: Pattern, of: Sequence[Member], nodes: Sequence[str]) -> list[dict[str, Any]]:
    """Return the pods of all, like the one that the spawner made."""
    return [_pod(like, member, node) for member, node in zip(of, nodes, strict=True)]


def _pod(like: Pattern, member: Member, node: str) -> dict[str, Any]:
    spec = copy.deepcopy(like.pod["spec"])
    spec |= {"nodeName": node, "activeDeadlineSeconds": 30 * 86400}
    for volume in [*spec["volumes"]]:
        if volume["name"].startswith("kube-api-access"):
            spec["volumes"].remove(volume)
    for container in spec["containers"]:
        mounts = [m for m in container["volumeMounts"] if not m["name"].startswith("kube-api-access")]
        container["volumeMounts"] = mounts
    old = like.pod["metadata"]
    text = json.dumps({"labels": old["labels"], "annotations": old["annotations"]})
    text = text.replace(old["labels"]["maia.io/grant"], str(member.grant)).replace(like.user, member.user)
    metadata = {"name": member.pod, "namespace": SERVERS, **json.loads(text)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def write_bookings(site: Crowd, of: Sequence[Member]) -> list[str]:
    """Write everybody's booking, lease and server; return the name of everybody's node."""
    store = Store(f"sqlite:///{site.database}")
    since = datetime.now(timezone.utc)
    with store.write() as tx:
        (pool,) = tx.inventory.pools()
        devices = tx.inventory.gpus()
        for member, gpu in zip(of, devices, strict=False):
            booking = Booking(
                id=BookingId(member.booking),
                user=UserName(member.user),
                pool=pool.id,
                node=gpu.node,
                gpus=1,
                interval=Interval(since, member.ends),
                state=BookingState.ACTIVE,
                created=since,
                first_used=since,
            )
            tx.bookings.add(booking)
            tx.leases.add(
                Lease(
                    id=LeaseId(member.grant),
                    kind=GrantKind.BOOKED,
                    user=booking.user,
                    server=ServerName(""),
                    pool=pool.id,
                    node=gpu.node,
                    gpus=(gpu.id,),
                    since=since,
                    until=member.ends,
                    booking=booking.id,
                )
            )
            tx.servers.put(
                Server(
                    user=booking.user,
                    server=ServerName(""),
                    grant_id=member.grant,
                    kind=GrantKind.BOOKED,
                    state="running",
                    reason="Your booking gives you a GPU.",
                    since=since,
                    last_choice="booked",
                )
            )
    store.close()
    return [gpu.node for gpu in devices[: len(of)]]


def write_servers(site: Crowd, like: Pattern, of: Sequence[Member]) -> None:
    """Write everybody's running server into the hub's database."""
    session = orm.new_session_factory(f"sqlite:///{site.hub_database}")()
    role = session.query(orm.Role).filter_by(name="user").one()
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    for member in of:
        user = orm.User(name=member.user, created=now, last_activity=now)
        user.roles.append(role)
        text = json.dumps(like.state).replace(like.pod["metadata"]["name"], member.pod)
        grant = like.pod["metadata"]["labels"]["maia.io/grant"]
        state = json.loads(text.replace(grant, str(member.grant)))
        server = orm.Server(
            proto="http", ip="127.0.0.1", port=site.port, base_url=f"/user/{member.user}/", cookie_name="none"
        )
        spawner = orm.Spawner(
            name="",
            server=server,
            state=state,
            user_options={"maia_choice": "booked"},
            started=now,
            last_activity=now,
        )
        spawner.user = user
        session.add_all([user, server, spawner])
    session.commit()
    session.close()
