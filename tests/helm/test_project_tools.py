"""A Service that says it is a tool, on a real cluster: found, reached by members alone, gone when it goes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from maia_hub.client.models import ToolShareRequest
from tests.helm import monailabel
from tests.helm.network import allowed
from tests.helm.product import WORKSPACES, Person, Product, installed
from tests.helm.sockets import Cluster, Connection
from tests.images import building
from tests.kube.helm import NAMESPACE
from tests.kube.kube import Kube
from tests.platform import eventually

TOOLS = "helm-tools"
DOOR = "/services/maia-tools"
COMPONENT = "app.kubernetes.io/component"
WORD = "what-the-tool-itself-wants-to-hear"
VALUES = {
    "hub": {
        "config": {
            "JupyterHub": {"load_groups": {"MAIA:vision": {"users": ["alice", "carol"]}}},
            "Authenticator": {"allowed_users": ["alice", "bob", "carol"]},
        }
    },
    "tools": {
        "enabled": True,
        "namespaces": {TOOLS: {"project": "vision", "secrets": ["runs"]}},
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}},
    },
}
SERVER = """
import base64, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KNOWN = "Basic " + base64.b64encode(("door:" + os.environ["WORD"]).encode()).decode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers.get("Authorization") == KNOWN
        body = ("the runs of vision at " + self.path if known else "who are you?").encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", 5000), Handler).serve_forever()
"""
AS_A_KERNEL = """
import os, urllib.request
from maia_lab.tools.door import Door
from maia_lab.tools.place import Place

env = Door(Place.from_environment()).environment_now("vision").values
token = {"Authorization": "Bearer " + env["MLFLOW_TRACKING_TOKEN"]}
asked = urllib.request.Request(env["MLFLOW_TRACKING_URI"] + "/api", headers=token)
print(urllib.request.urlopen(asked, timeout=30).read().decode())
"""


@pytest.fixture(scope="module")
def product(
    kube: Kube, node: str, release: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    """The whole product with tools, and an empty namespace of the project vision."""
    with (
        kube.namespace(TOOLS, **{"pod-security.kubernetes.io/enforce": "restricted"}),
        installed(kube, tmp_path_factory.mktemp("volumes"), VALUES) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def alice(product: Product) -> Iterator[Person]:
    """A member of the project."""
    with Person(product, "alice") as person:
        yield person


@pytest.fixture(scope="module")
def member(alice: Person) -> Iterator[httpx.Client]:
    with program(alice) as client:
        yield client


@pytest.fixture(scope="module")
def stranger(product: Product) -> Iterator[httpx.Client]:
    with Person(product, "bob") as bob, program(bob) as client:
        yield client


@pytest.fixture(scope="module")
def colleague(product: Product) -> Iterator[httpx.Client]:
    """Another member of the project, without a server."""
    with Person(product, "carol") as carol, program(carol) as client:
        yield client


@pytest.fixture(scope="module")
def tool(product: Product, member: httpx.Client) -> Iterator[Product]:
    """A tool that runs in the project's namespace, and is ready."""
    product.kube.apply(*objects())
    eventually(
        lambda: card(member).get("state") == "ready", f"the tool is ready\n{product.logs()}", 120, every=0.5
    )
    yield product
    kube = product.kube
    kube.kubectl("delete", "service,secret,pod", "runs", "-n", TOOLS, "--ignore-not-found", "--now")


def program(person: Person) -> httpx.Client:
    """Return a program of somebody, with a token of hers, before the door."""
    made = person.hub("POST", f"/users/{person.name}/tokens", json={"note": "test"}).raise_for_status()
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    return httpx.Client(base_url=f"{person.product.url}{DOOR}/", headers=headers, trust_env=False, timeout=30)


def card(client: httpx.Client) -> dict[str, Any]:
    """Return the card of the project's tool; empty if there is none."""
    answer = client.get("api/tools", params={"project": "vision"}).raise_for_status()
    return next(iter(answer.json()["tools"]), {})


def objects() -> list[dict[str, Any]]:
    """Return a small HTTP server that wants to be signed in to, as what it is: a Pod, its Service and their Secret."""
    here = {"name": "runs", "namespace": TOOLS}
    word = {"secretKeyRef": {"name": "runs", "key": "password"}}
    container = {
        "name": "runs",
        "image": building.name("service"),
        "imagePullPolicy": "Never",
        "command": ["python", "-c", SERVER],
        "env": [{"name": "WORD", "valueFrom": word}],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    security = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    pod = {"securityContext": security, "automountServiceAccountToken": False, "containers": [container]}
    labels = {"app": "runs"}
    said = {"maia.io/title": "Our runs", "maia.io/credentials": "runs", "maia.io/path": "/below"}
    service = {"selector": labels, "ports": [{"port": 80, "targetPort": 5000}]}
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": here,
            "type": "kubernetes.io/basic-auth",
            "stringData": {"username": "door", "password": WORD},
        },
        {"apiVersion": "v1", "kind": "Pod", "metadata": {**here, "labels": labels}, "spec": pod},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {**here, "labels": {"maia.io/tool": "mlflow"}, "annotations": said},
            "spec": service,
        },
    ]


def test_a_labelled_service_has_a_card_and_is_reached_signed_in(tool: Product, member: httpx.Client) -> None:
    found = card(member)
    assert (found["name"], found["kind"], found["title"]) == ("runs", "mlflow", "Our runs")
    assert (found["url"], found["local"]) == (f"{DOOR}/vision/runs/", False)
    assert member.get("vision/runs/hello").text == "the runs of vision at /below/hello"
    refused = member.post("api/tools/vision/runs/start")
    assert refused.status_code == 409, "nothing is started here"
    assert "runs elsewhere" in refused.json()["detail"]


def test_for_a_stranger_there_is_no_such_project(tool: Product, stranger: httpx.Client) -> None:
    for path in ("api/tools?project=vision", "vision/runs/hello", "vision/nothing/"):
        answer = stranger.get(path)
        assert answer.status_code == 404, path
        assert "Our runs" not in answer.text
    assert stranger.get("api/tools", params={"project": "default"}).json()["tools"] == []


def test_a_server_s_panel_shows_it_and_its_kernels_reach_it(tool: Product, alice: Person) -> None:
    alice.start("cpu")
    alice.browser.get("/user/alice/lab")
    shown = alice.lab("GET", "/user/alice/maia/tools/state", params={"project": "vision"})
    assert "Our runs" in shown.raise_for_status().text
    listed = json.loads(tool.run("alice", "maia", "tools", "--project", "vision", "--json"))
    assert [(each["name"], each["state"]) for each in listed["tools"]] == [("runs", "ready")]
    said = tool.run("alice", "/opt/maia/bin/python", "-c", AS_A_KERNEL)
    assert said == "the runs of vision at /below/api\n"


def test_a_guest_is_led_to_what_is_shared_in_a_server_and_to_nothing_else_of_it(
    tool: Product, alice: Person, colleague: httpx.Client, stranger: httpx.Client
) -> None:
    if not alice.ready():
        alice.start("cpu")
    tool.run("alice", "/opt/maia/bin/python", "-c", monailabel.STAND_IN)
    until = datetime.now(timezone.utc) + timedelta(hours=1)
    with alice.client() as service:
        share = service.share_tool(ToolShareRequest(tool="spleen", guest="carol", until=until))
        path = f"shared/{share.id}/info/"
        led = eventually(lambda: _led(colleague, path), "the guest is led by door, service and proxy")
        assert led == {"person": "carol", "path": "/info/"}
        ways = eventually(lambda: _ways(colleague, path, tool), "the door's connections are seen")
        assert [c for c in ways if not _has_allow(tool, c)] == []
        assert stranger.get(path).status_code == 404
        token = {"Authorization": colleague.headers["Authorization"]}
        for closed in ("api/contents", "api/kernels", "api/terminals", "lab"):
            answer = httpx.get(f"{tool.url}/user/alice/{closed}", headers=token, trust_env=False, timeout=30)
            assert (answer.status_code, closed) == (403, closed)
        service.take_back_tool(share.id)
    assert colleague.get(path).status_code == 403


def _led(guest: httpx.Client, path: str) -> object:
    answer = guest.get(path)
    return answer.json() if answer.is_success else None


def _ways(guest: httpx.Client, path: str, tool: Product) -> set[Connection]:
    """Have a guest led, and return the door's connections if those to the service and the proxy are among them."""
    guest.get(path)
    found = of_door(tool)
    to = {(each.target.labels.get(COMPONENT), each.port) for each in found}
    return found if {("service", 8080), ("proxy", 8000)} <= to else set()


def of_door(tool: Product) -> set[Connection]:
    """Return the connections from and to the door, without the kubelet's."""
    node = tool.kube.get("nodes")["items"][0]["status"]["addresses"][0]["address"]
    found = Cluster(tool.kube, NAMESPACE, WORKSPACES, TOOLS).connections()
    (door,) = (pod["metadata"]["name"] for pod in tool.pods("tools"))
    return {c for c in found if door in (c.source.name, c.target.name) and c.source.address != node}


def _has_allow(tool: Product, way: Connection) -> bool:
    return allowed(tool.kube.get("networkpolicies", "-A")["items"], way.source, way.target, way.port)


def test_every_connection_of_the_door_has_its_allow(tool: Product) -> None:
    (door,) = (pod["metadata"]["name"] for pod in tool.pods("tools"))
    ours = of_door(tool)
    assert 443 in {c.port for c in ours if c.source.name == door}, "it follows the API server"
    assert [c for c in ours if not _has_allow(tool, c)] == []


def test_the_door_may_follow_services_and_its_secret_there_and_nothing_more(tool: Product) -> None:
    def may(*what: str) -> bool:
        account = f"system:serviceaccount:{NAMESPACE}:maia-hub-tools"
        command = tool.kube.command("auth", "can-i", *what, "--as", account)
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() == "yes"

    assert may("watch", "services", "-n", TOOLS)
    assert may("watch", "secrets/runs", "-n", TOOLS)
    assert not may("watch", "secrets", "-n", TOOLS)
    assert not may("list", "secrets/another", "-n", TOOLS)
    assert not may("create", "services", "-n", TOOLS)
    assert not may("list", "services", "-n", "default")
    assert not may("get", "secrets/maia-hub-secrets", "-n", NAMESPACE)


def test_a_new_password_counts_at_once_and_without_one_it_is_shut(
    tool: Product, member: httpx.Client
) -> None:
    tool.kube.kubectl("delete", "secret", "runs", "-n", TOOLS)
    eventually(lambda: card(member)["state"] == "failing", "its Secret is missed", 60, every=0.2)
    assert "Secret" in card(member)["reason"]
    assert member.get("vision/runs/hello").status_code == 503
    tool.kube.apply(objects()[0])
    eventually(lambda: card(member)["state"] == "ready", "its Secret is back", 60, every=0.2)
    assert member.get("vision/runs/hello").is_success


def test_when_the_service_goes_the_tool_is_gone(tool: Product, member: httpx.Client) -> None:
    tool.kube.kubectl("delete", "service", "runs", "-n", TOOLS)
    eventually(lambda: card(member) == {}, "it is gone", 60, every=0.2)
    assert member.get("vision/runs/hello").status_code == 404
