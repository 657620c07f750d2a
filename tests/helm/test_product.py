"""The product as it is installed, used, upgraded, rolled back and removed: by real helm, all of it in pods."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.helm import rendered
from tests.helm.network import allowed
from tests.helm.product import WORKSPACES, Person, Product
from tests.helm.sockets import Cluster
from tests.helm.test_rights import MAY
from tests.kube import gpus
from tests.kube.helm import NAMESPACE
from tests.notebooks import tutorials
from tests.platform import eventually

CULLING = {"idleSeconds": 10, "everySeconds": 2}
QUIET = timedelta(seconds=16)
REMEMBER = """
import json, subprocess, sys
from jupyter_client import BlockingKernelClient
client = BlockingKernelClient(connection_file=sys.argv[1])
client.load_connection_file()
client.start_channels()
client.wait_for_ready(timeout=60)
said = []
client.execute_interactive(sys.argv[2], timeout=60, output_hook=lambda m: said.append(m["content"].get("text", "")))
client.stop_channels()
print("".join(said), end="")
"""


def in_kernel(product: Product, user: str, kernel: str, code: str) -> str:
    """Run code in a live kernel and return what it printed."""
    file = f"/home/jovyan/.local/share/jupyter/runtime/kernel-{kernel}.json"
    return product.run(user, "/opt/maia/bin/python", "-c", REMEMBER, file, code)


@pytest.fixture(scope="module")
def alice(product: Product) -> Iterator[Person]:
    """Somebody with a running server on a booked GPU."""
    with Person(product, "alice") as person:
        person.book(900)
        person.start("booked")
        yield person


def test_who_signs_in_comes_to_the_portal_and_gets_the_booked_gpu(product: Product, alice: Person) -> None:
    assert alice.page.is_success
    assert "/services/maia/" in str(alice.page.url)
    pod = product.server("alice")
    assert gpus.of_pod(pod) == 1
    assert pod["spec"]["priorityClassName"] == "maia-booked"
    (home,) = [volume for volume in pod["spec"]["volumes"] if volume["name"] == "home"]
    assert home["persistentVolumeClaim"]["claimName"] == "claim-alice"


def test_a_new_home_begins_with_the_tutorials(product: Product, alice: Person) -> None:
    assert product.run("alice", "ls", "/home/jovyan/notebooks").split() == tutorials.NAMES


def test_a_wrong_password_lets_nobody_in(product: Product) -> None:
    with Person(product, "bob", "guessed") as stranger:
        assert stranger.page.status_code == 403


def test_the_charts_own_test_passes_and_leaves_nothing(product: Product, alice: Person) -> None:
    assert "Succeeded" in product.helm("test", "maia-hub", "--timeout", "60s")
    assert product.pods("test") == []
    assert product.pods("migrate") == []


def test_every_connection_that_there_is_has_its_allow(product: Product, alice: Person) -> None:
    node = product.kube.get("nodes")["items"][0]["status"]["addresses"][0]["address"]
    policies = product.kube.get("networkpolicies", "-A")["items"]
    found = Cluster(product.kube, NAMESPACE, WORKSPACES).connections()
    probes = {each for each in found if each.source.address == node}  # the kubelet always may
    denied = [c for c in found - probes if not allowed(policies, c.source, c.target, c.port)]
    assert denied == []
    pods = {part: product.pods(part)[0]["metadata"]["name"] for part in ("hub", "service", "proxy")}
    seen = {(c.source.name, c.port) for c in found}
    assert {(pods["hub"], 443), (pods["service"], 443)} <= seen, "hub and service follow the API server"


@pytest.mark.parametrize("account", ["hub", "controller"])
def test_the_api_server_lets_an_account_do_what_the_chart_lists(product: Product, account: str) -> None:
    for place in (WORKSPACES, NAMESPACE, "default"):
        more = may(product, f"maia-hub-{account}", place) - may(product, "default", place)
        where = {WORKSPACES: f"{rendered.NAMESPACE}-workspaces", NAMESPACE: rendered.NAMESPACE}.get(place, "")
        assert more == listed(account, where) | listed(account, "*")


def test_a_session_survives_an_upgrade_and_a_rollback(product: Product, alice: Person) -> None:
    with Person(product, "bob") as bob:
        bob.start("cpu")
    pod = product.server("alice")
    alice.browser.get("/user/alice/lab")
    kernel = alice.lab("POST", "/user/alice/api/kernels").json()["id"]
    in_kernel(product, "alice", kernel, "kept = 41 + 1")

    before, migrations = uids(product), migrated(product)
    limit = {"JupyterHub": {"active_server_limit": 9}}
    product.install(
        {"service": {"drainSeconds": 12}, "hub": {"config": limit}, "workspaces": {"culling": CULLING}}
    )
    after = uids(product)
    assert {part for part in before if before[part] != after[part]} == {"hub", "service"}
    assert len(migrated(product) - migrations) == 1, "one job brings the database up to date"
    assert still_there(alice, pod, kernel)
    extended(alice)
    culled_but_not(alice, "bob")

    product.helm("rollback", "maia-hub", "1", "--wait", "--timeout", "90s")
    assert {part for part in before if after[part] != uids(product)[part]} == {"hub", "service"}
    assert still_there(alice, pod, kernel)
    extended(alice)


def test_a_value_that_breaks_the_hub_harms_nobody_and_is_rolled_back(product: Product, alice: Person) -> None:
    pod = product.server("alice")
    with pytest.raises(RuntimeError, match="UPGRADE FAILED"):
        product.install({"hub": {"extraConfig": "raise SystemExit(3)"}}, timeout=20)
    assert product.server("alice")["metadata"]["uid"] == pod["metadata"]["uid"]
    product.helm("rollback", "maia-hub", "--wait", "--timeout", "90s")
    eventually(alice.ready, f"the hub knows the server again\n{product.logs()}", 90, every=0.3)
    assert product.server("alice")["metadata"]["uid"] == pod["metadata"]["uid"]


def test_uninstalling_leaves_what_people_would_miss_and_nothing_else(product: Product) -> None:
    product.helm("uninstall", "maia-hub", "--wait")
    kinds = product.kube.kubectl("api-resources", "--verbs=list", "-o", "name").split()
    listed = ",".join(kind for kind in kinds if not kind.startswith("events"))
    command = ("get", listed, "-A", "-l", "app.kubernetes.io/instance=maia-hub", "-o", "name")
    kept = {
        f"namespace/{WORKSPACES}",
        "persistentvolumeclaim/maia-hub-hub",
        "persistentvolumeclaim/maia-hub-database",
    }
    eventually(
        lambda: set(product.kube.kubectl(*command).split()) == kept, f"only {kept} is left", 30, every=1
    )
    product.kube.kubectl("get", "pvc", "-n", WORKSPACES, "claim-alice")


def uids(product: Product) -> dict[str, str]:
    """Return the uid of each component's pod."""
    return {part: product.pods(part)[0]["metadata"]["uid"] for part in ("hub", "proxy", "service")}


def culled_but_not(booked: Person, idle: str) -> None:
    """See that an idle server is stopped, and one on a booked GPU is not, however long nothing happens there."""
    product = booked.product
    eventually(
        lambda: not product.server(idle), f"{idle}'s server is stopped\n{product.logs()}", 60, every=0.5
    )

    def quiet() -> bool:
        last = booked.hub("GET", "/users/alice").json()["servers"][""]["last_activity"]
        return datetime.now(timezone.utc) - datetime.fromisoformat(last.replace("Z", "+00:00")) > QUIET

    eventually(quiet, f"nothing has happened in {booked.name}'s server for long", 60, every=0.5)
    assert booked.ready()


def migrated(product: Product) -> set[str]:
    """Return the jobs that have brought the database up to date; helm has removed them since."""
    events = product.kube.get("events", "-n", NAMESPACE, "--field-selector", "reason=Completed")["items"]
    jobs = [event["involvedObject"] for event in events]
    return {job["uid"] for job in jobs if (job["kind"], job["name"]) == ("Job", "maia-hub-migrate")}


def extended(alice: Person) -> None:
    """See that the session has kept its end, and that it can be extended: the supervisor is told."""
    with alice.client() as client:
        (booking,) = [each for each in client.bookings() if each.state == "active"]
        assert told_end(alice) == booking.end
        longer = client.extend(booking.id, booking.end + timedelta(seconds=20))
    assert longer.end == booking.end + timedelta(seconds=20)
    eventually(lambda: told_end(alice) == longer.end, "the server is told of its new end", 15, every=0.3)


def told_end(alice: Person) -> datetime:
    """Return the end that the supervisor reads in the pod."""
    return datetime.fromisoformat(
        json.loads(alice.product.run("alice", "cat", "/run/maia/session/grant.json"))["until"]
    )


def listed(account: str, namespace: str) -> set[tuple[str, str]]:
    """Return what the chart says that a service account may do, in kubectl's words, which leave out the names."""
    found = set()
    for resource, verb in MAY.get((f"maia-hub-{account}", namespace), set()):
        group, _, kind = resource.partition("=")[0].rpartition("/")
        found.add((f"{kind}.{group}" if group else kind, verb))
    return found


def may(product: Product, account: str, namespace: str) -> set[tuple[str, str]]:
    """Return what the API server says that a service account may do to which resources in a namespace."""
    who = f"system:serviceaccount:{NAMESPACE}:{account}"
    lines = product.kube.kubectl("auth", "can-i", "--list", "--as", who, "-n", namespace).splitlines()[1:]
    rows = [
        (line.split()[0], re.findall(r"\[([^\]]*)\]", line)[-1].split()) for line in lines if line[0] != " "
    ]
    return {(resource, verb) for resource, verbs in rows for verb in verbs}


def still_there(alice: Person, pod: dict[str, Any], kernel: str) -> bool:
    """Say whether the live session went on: the same pod, known to the hub, its kernel with its memory."""
    product = alice.product
    assert product.server("alice")["metadata"]["uid"] == pod["metadata"]["uid"]
    eventually(alice.ready, f"the new hub knows the server\n{product.logs()}", 90, every=0.3)
    eventually(
        lambda: alice.lab("GET", f"/user/alice/api/kernels/{kernel}").is_success, "the kernel answers", 90
    )
    with alice.client() as client:
        assert [session.kind for session in client.state().sessions] == ["booked"]
    return in_kernel(product, "alice", kernel, "print(kept)") == "42\n"
