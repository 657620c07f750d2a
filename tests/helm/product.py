"""The whole product as the chart installs it, all of it in pods, and people who use it over its proxy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx

from maia_hub.client import Client
from maia_hub.client.models import BookingModel, BookingRequest
from tests.images import building
from tests.kube import gpus
from tests.kube.helm import CHART, NAMESPACE, RULES_ALONE, helm
from tests.kube.kube import Kube
from tests.platform import eventually

RELEASE = "maia-hub"
WORKSPACES = "helm-workspaces"
CLASS = "helm-tests"
VOLUMES = {  # what claims them, and who writes there
    f"{NAMESPACE}/maia-hub-hub": 65532,
    f"{NAMESPACE}/maia-hub-database": 65532,
    f"{NAMESPACE}/backups": 65532,
    f"{WORKSPACES}/claim-alice": 1000,
    f"{WORKSPACES}/claim-bob": 1000,
}
PASSWORD = "open-sesame-and-let-me-in"
VALUES: dict[str, Any] = {
    "image": {
        "registry": "localhost",
        "tag": "test",
        "pullPolicy": "Never",
    },
    "hub": {
        "enabled": True,
        "config": {
            "JupyterHub": {"authenticator_class": "shared-password"},
            "SharedPasswordAuthenticator": {"user_password": PASSWORD},
            "Authenticator": {"allowed_users": ["alice", "bob"]},
        },
        "volume": {"size": "100Mi", "storageClass": CLASS},
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}},
    },
    "proxy": {"enabled": True, "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}}},
    "service": {
        "enabled": True,
        "policy": "demo",
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}},
    },
    "database": {"volume": {"size": "100Mi", "storageClass": CLASS}},
    "workspaces": {
        "namespace": WORKSPACES,
        "cpu": {"guarantee": 0.01},
        "memory": {"guarantee": "64M"},
        "home": {"size": "100Mi", "storageClass": CLASS},
    },
}


def merged(*values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with later ones over earlier ones, as helm merges them."""
    made: dict[str, Any] = {}
    for each in values:
        for key, value in each.items():
            both = isinstance(value, Mapping) and isinstance(made.get(key), Mapping)
            made[key] = merged(made[key], value) if both else value
    return made


class Product:
    """A release of the chart with everything on; users are alice and bob."""

    def __init__(self, kube: Kube, values: Mapping[str, Any]) -> None:
        self.kube = kube
        self._values = merged(VALUES, values)

    def install(self, *more: Mapping[str, Any], timeout: int = 90) -> None:
        """Install it, or upgrade it to other values, and wait until all of it is ready."""
        command = [
            "upgrade",
            "--install",
            RELEASE,
            str(CHART),
            "--namespace",
            NAMESPACE,
            "--create-namespace",
        ]
        wait = ["--wait", "--timeout", f"{timeout}s", "--values", "-"]
        try:
            helm(self.kube, *command, *wait, given=json.dumps(merged(self._values, *more)))
        except RuntimeError as e:
            raise RuntimeError(f"{self.logs()}\n{e}") from e

    def helm(self, *arguments: str) -> str:
        """Run helm on the release."""
        return helm(self.kube, *arguments, "--namespace", NAMESPACE)

    def logs(self) -> str:
        """What hub, proxy and service said last, what happened to them, and how they are."""
        said = []
        for pod in self.kube.get("pods", "-n", NAMESPACE)["items"]:
            name = pod["metadata"]["name"]
            try:
                said.append(f"== {name}\n{self.kube.kubectl('logs', '-n', NAMESPACE, name, '--tail=40')}")
            except RuntimeError as e:
                said.append(f"== {name}\n{e}")
        said.append(self.kube.kubectl("get", "events", "-n", NAMESPACE, "--sort-by=.lastTimestamp"))
        said.append(self.kube.kubectl("get", "deployments,pods,pvc", "-n", NAMESPACE))
        return "\n".join(said)

    def pods(self, component: str) -> list[dict[str, Any]]:
        """Return the pods of hub, proxy or service."""
        label = f"app.kubernetes.io/component={component}"
        found: list[dict[str, Any]] = self.kube.get("pods", "-n", NAMESPACE, "-l", label)["items"]
        return found

    def server(self, user: str) -> dict[str, Any]:
        """Return the user's pod; empty if there is none."""
        items = self.kube.get("pods", "-n", WORKSPACES)["items"]
        named = [p for p in items if p["metadata"]["annotations"].get("hub.jupyter.org/username") == user]
        return named[0] if named else {}

    def run(self, user: str, *command: str) -> str:
        """Run a command in the user's server and return what it printed."""
        return self.kube.kubectl(
            "exec", "-n", WORKSPACES, self.server(user)["metadata"]["name"], "--", *command
        )

    @property
    def url(self) -> str:
        """The proxy's Service, as people reach it."""
        service = self.kube.get("service", "-n", NAMESPACE, "maia-hub-proxy")
        return f"http://{service['spec']['clusterIP']}"


class Person:
    """Somebody with a browser: signs in at the hub's own page, and from there in the portal."""

    def __init__(self, product: Product, name: str, password: str = PASSWORD) -> None:
        self.product = product
        self.name = name
        self.browser = httpx.Client(base_url=product.url, follow_redirects=True, trust_env=False, timeout=30)
        # The network learns a moment after helm that the hub is ready; until then it may swallow what is asked.
        page = eventually(self._login_page, "the hub answers behind the proxy", 120)
        form = {"username": name, "password": password, "_xsrf": self.browser.cookies["_xsrf"]}
        self.page = self.browser.post("/hub/login", data=form, headers={"Referer": str(page.url)})

    def _login_page(self) -> httpx.Response | None:
        page = self.browser.get("/hub/login", timeout=5)
        return page if page.is_success else None

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *_: object) -> None:
        self.browser.close()

    def hub(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call the hub's API as this person."""
        return self._call("/hub/", method, f"/hub/api{path}", **more)

    def lab(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call the API of this person's own server."""
        return self._call(f"/user/{self.name}/", method, path, **more)

    def _call(self, site: str, method: str, path: str, **more: Any) -> httpx.Response:
        known = {c.path: c.value for c in self.browser.cookies.jar if c.name == "_xsrf"}
        headers = {"X-XSRFToken": known.get(site) or "", "Referer": f"{self.product.url}{site}"}
        return self.browser.request(method, path, headers=headers, **more)

    def client(self) -> Client:
        """Return a client of the service with a token of this person."""
        made = self.hub("POST", f"/users/{self.name}/tokens", json={"note": "test"}).raise_for_status()
        return Client(f"{self.product.url}/services/maia", made.json()["token"])

    def book(self, seconds: float) -> BookingModel:
        """Book a GPU from now on."""
        with self.client() as client:
            start = datetime.now(timezone.utc)
            pool = eventually(lambda: client.state().pools, "the node's GPUs are known", 30)[0]
            return client.book(
                BookingRequest(pool=pool.id, gpus=1, start=start, end=start + timedelta(seconds=seconds))
            )

    def start(self, choice: str) -> None:
        """Start the server with a choice of the spawn page and wait until it is ready."""
        reply = self.hub("POST", f"/users/{self.name}/server", json={"user_options": {"maia_choice": choice}})
        assert reply.status_code in (201, 202), f"{reply.status_code}: {reply.text}\n{self.product.logs()}"
        eventually(self.ready, f"{self.name}'s server is ready\n{self.product.logs()}", 120, every=0.3)

    def ready(self) -> bool:
        """Say whether the server is ready, in the hub's own words."""
        servers = self.hub("GET", f"/users/{self.name}").json()["servers"]
        return bool(servers.get("", {}).get("ready"))


@contextmanager
def volumes(kube: Kube, folder: Path) -> Iterator[None]:
    """Offer a volume for each claim of the tests: folders of this machine, each its writer's own."""
    node = kube.get("nodes")["items"][0]["metadata"]["name"]
    for claim, owner in VOLUMES.items():
        namespace, _, name = claim.partition("/")
        place = folder / name
        place.mkdir(parents=True)
        shutil.chown(place, owner, owner)
        kube.apply(_volume(f"helm-{name}", place, namespace, name, node))
    try:
        yield
    finally:
        names = [f"helm-{claim.partition('/')[2]}" for claim in VOLUMES]
        kube.kubectl("delete", "pv", "--ignore-not-found", "--wait=false", *names)


def _volume(name: str, place: Path, namespace: str, claim: str, node: str) -> dict[str, Any]:
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "100Mi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": CLASS,
            "claimRef": {"namespace": namespace, "name": claim},
            "local": {"path": str(place)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }


@contextmanager
def installed(kube: Kube, folder: Path, values: Mapping[str, Any] | None = None) -> Iterator[Product]:
    """Put the whole product in place of the rules alone; afterwards nothing of it is left, and the rules are back."""
    for image in building.DOCKERFILES:
        building.loaded(kube, image)
    node = kube.get("nodes")["items"][0]["metadata"]["name"]
    product = Product(kube, values or {})
    product.helm("uninstall", RELEASE, "--wait")
    kube.kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted")
    try:
        with volumes(kube, folder):
            gpus.give(kube, node, {gpus.GPU: 1}, {"nvidia.com/gpu.product": "NVIDIA-RTX-A6000"})
            try:
                product.install()
                yield product
            finally:
                gpus.give(kube, node, {gpus.GPU: 0})
                product.helm("uninstall", RELEASE, "--ignore-not-found", "--wait")
                kube.kubectl("delete", "namespace", WORKSPACES, "--ignore-not-found", "--timeout=60s")
                kube.kubectl("delete", "pvc", "--all", "-n", NAMESPACE)
    finally:
        kube.kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce-")
        helm(
            kube,
            *("upgrade", "--install", RELEASE, str(CHART), "--namespace", NAMESPACE, "--values", "-"),
            given=json.dumps(RULES_ALONE),
        )
