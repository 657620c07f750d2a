"""Two services and two reviews on one PostgreSQL, all in pods: whichever dies or is away, sessions end in time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest

from maia_hub.client import Client
from maia_hub.core.errors import MaiaError
from tests.deployed.faults import HELD_TWICE, gone_in_time, processes, wait_until
from tests.helm.product import Person, Product, installed
from tests.kube import gpus
from tests.kube.helm import NAMESPACE
from tests.kube.kube import Kube
from tests.kube.place import Place
from tests.platform import eventually
from tests.postgres import server as postgres
from tests.postgres.server import ROLE, Server

pytestmark = pytest.mark.soak

LENGTH = 30.0
BEFORE = timedelta(seconds=6)
AFTER = timedelta(seconds=2)


@pytest.fixture(scope="module")
def database(kube: Kube) -> Iterator[Server]:
    """A PostgreSQL that pods reach."""
    with postgres.running((kube.place or Place()).address) as server:
        yield server


@pytest.fixture(scope="module")
def product(
    kube: Kube, node: str, release: str, database: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    host = (kube.place or Place()).address
    metadata = {"name": "database", "namespace": NAMESPACE}
    kube.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "stringData": {"password": database.password},
        }
    )
    values = {
        "database": {
            "url": f"postgresql://{ROLE}@{host}:{database.port}/{database.empty('helm').database}",
            "existingSecret": {"name": "database"},
        },
        "workspaces": {"home": {"kind": "nowhere"}},
        "admission": {"webhook": {"enabled": True}},
        # Servers that do nothing but answer, so that bookings can be short.
        "hub": {"config": {"KubeSpawner": {"cmd": ["python3", "-m", "http.server", "8888"]}}},
    }
    with installed(kube, tmp_path_factory.mktemp("volumes"), values) as running:
        yield running
    kube.kubectl("delete", "secret", "-n", NAMESPACE, "database")


@pytest.fixture
def alice(product: Product) -> Iterator[Person]:
    """Somebody whose server is stopped afterwards."""
    with Person(product, "alice") as person:
        yield person
        person.hub("DELETE", "/users/alice/server")
        eventually(lambda: not product.server("alice"), "her server is gone", 60, every=0.3)


def leader(product: Product) -> str:
    """Return the name of the pod that leads; empty if none does."""
    spec: dict[str, Any] = product.kube.get("lease", "-n", NAMESPACE, "maia-hub-controller").get("spec", {})
    return str(spec.get("holderIdentity") or "").rpartition("_")[0]


def names(product: Product) -> set[str]:
    """Return the names of the services' pods."""
    return {pod["metadata"]["name"] for pod in product.pods("service")}


def restarts(product: Product) -> dict[str, int]:
    """Return how often each service and review was started anew."""
    pods = [*product.pods("service"), *product.pods("admission")]
    return {pod["metadata"]["name"]: pod["status"]["containerStatuses"][0]["restartCount"] for pod in pods}


def answered(client: Client) -> bool:
    """Say whether somebody answers; who has just died may still be asked."""
    try:
        return bool(client.state().pools)
    except MaiaError:
        return False


@contextmanager
def without_review(product: Product) -> Iterator[None]:
    """Let no review run for the time of a block."""
    scale = ("scale", "deployment/maia-hub-admission", "-n", NAMESPACE)
    product.kube.kubectl(*scale, "--replicas=0")
    eventually(lambda: not product.pods("admission"), "no review runs", 30, every=0.2)
    try:
        yield
    finally:
        product.kube.kubectl(*scale, "--replicas=2")
        product.kube.kubectl(
            "rollout", "status", "deployment/maia-hub-admission", "-n", NAMESPACE, "--timeout=60s"
        )


def held_twice(database: Server) -> list[tuple[Any, ...]]:
    """Return every GPU that two leases ever held at the same time."""
    with database.admin("helm") as connection:
        return connection.execute(HELD_TWICE).fetchall()


def crash(product: Product, name: str) -> None:
    """Let a pod vanish with all that runs in it, without a word."""
    uid = product.kube.get("pod", "-n", NAMESPACE, name)["metadata"]["uid"]
    running = processes(uid)
    product.kube.kubectl(
        "delete", "pod", "-n", NAMESPACE, name, "--grace-period=0", "--force", "--wait=false"
    )
    for process in running:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def on_cpu(person: Person) -> bool:
    """Say whether the server is ready without a GPU, nothing being held any more; not while parts are away."""
    with suppress(httpx.HTTPError, MaiaError, RuntimeError, KeyError, ValueError), person.client() as client:
        kinds = {session.kind for session in client.state().sessions}
        return kinds == {"cpu"} and person.ready() and gpus.of_pod(person.product.server(person.name)) == 0
    return False


def test_the_end_is_kept_and_people_are_answered_when_the_leader_is_killed(
    product: Product, alice: Person
) -> None:
    assert len(names(product)) == 2
    first = eventually(lambda: leader(product), "one of them leads", 20, every=0.2)
    assert first in names(product)
    booking = alice.book(LENGTH + 5)
    alice.start("booked")
    pod = product.server("alice")
    assert gpus.of_pod(pod) == 1
    with alice.client() as client:
        crash(product, first)
        killed = time.monotonic()
        eventually(lambda: answered(client), "the other one answers", 5, every=0.1)
        longer = client.extend(booking.id, booking.end + timedelta(seconds=6))
        eventually(lambda: leader(product) in names(product) - {first}, "another one leads", 20, every=0.2)
        print(f"another one leads {time.monotonic() - killed:.1f} s after the first was killed")
    wait_until(booking.end)
    gone_in_time(pod["metadata"]["uid"], longer)
    eventually(lambda: on_cpu(alice), f"it is back on CPU\n{product.logs()}", 60, every=0.3)
    assert product.server("alice")["metadata"]["uid"] != pod["metadata"]["uid"]


def test_the_database_is_away_at_the_end(product: Product, alice: Person, database: Server) -> None:
    booking = alice.book(LENGTH)
    alice.start("booked")
    uid = product.server("alice")["metadata"]["uid"]
    wait_until(booking.end - BEFORE)
    before = restarts(product)
    database.stop(signal=signal.SIGQUIT)
    try:
        with alice.client() as client, pytest.raises(MaiaError) as told:
            client.state()
        gone_in_time(uid, booking)
        wait_until(booking.end + AFTER)
    finally:
        database.start()
    eventually(lambda: on_cpu(alice), f"on CPU\n{product.logs()}", 60, every=0.3)
    with alice.client() as client:
        assert [notice.kind for notice in client.state().notices][-1:] == ["expired"]
    assert "database" in told.value.message
    assert restarts(product) == before, "a database that is away is no reason to start a service anew"
    assert held_twice(database) == []


def test_the_review_is_away_at_the_end_and_others_start_on_cpu_meanwhile(
    product: Product, alice: Person, database: Server
) -> None:
    booking = alice.book(LENGTH)
    alice.start("booked")
    uid = product.server("alice")["metadata"]["uid"]
    with Person(product, "bob") as bob, without_review(product):
        bob.start("cpu")
        assert gpus.of_pod(product.server("bob")) == 0
        gone_in_time(uid, booking)
        eventually(lambda: on_cpu(alice), f"on CPU\n{product.logs()}", 60, every=0.3)
        bob.hub("DELETE", "/users/bob/server")
    assert held_twice(database) == []


def test_starting_the_services_anew_leaves_nobody_without_an_answer(product: Product, alice: Person) -> None:
    with alice.client() as client:
        before = {pod["metadata"]["uid"] for pod in product.pods("service")}
        product.kube.kubectl("rollout", "restart", "deployment/maia-hub-service", "-n", NAMESPACE)
        answered = 0
        while {pod["metadata"]["uid"] for pod in product.pods("service")} & before:
            client.state()
            answered += 1
        assert answered
    eventually(lambda: leader(product) in names(product), "one of the new ones leads", 20, every=0.2)
