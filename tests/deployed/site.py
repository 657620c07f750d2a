"""A small site on a real cluster: hub, proxy and service as processes of this machine, servers as pods.

Hub and service act with service accounts of their own, whose rights are all that they need.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import yaml

from maia_hub.client import Client
from maia_hub.client.models import BookingModel, BookingRequest
from maia_hub.embedded.node import proxy_command
from maia_hub.hub.setup import SECRETS as SHARED
from tests.images import building
from tests.images.pods import SECURITY
from tests.kube import gpus
from tests.kube.helm import CHART, NAMESPACE, run
from tests.kube.kube import Kube
from tests.kube.place import Place
from tests.platform import ROOT, eventually
from tests.ports import free_port

SERVERS = "deployed-servers"
SECRETS = {name: name.ljust(32, "x") for name in ("service", "controller", "spawner", "tester")}
TESTER = ["admin:users", "tokens", "admin:servers", "access:servers", "access:services"]
ACCOUNTS = ("hub", "controller")
RIGHTS = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")

HUB = """
from maia_hub.hub.setup import setup

c.JupyterHub.bind_url = "http://{address}:{public}"
c.JupyterHub.hub_ip = "{address}"
c.JupyterHub.hub_port = {hub}
c.JupyterHub.hub_connect_ip = "{address}"
c.JupyterHub.pid_file = ""
c.ConfigurableHTTPProxy.command = {proxy}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_api}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allowed_users = {{"alice", "bob"}}
c.KubeSpawner.namespace = "{servers}"
c.KubeSpawner.image = "{image}"
c.KubeSpawner.image_pull_policy = "Never"
c.KubeSpawner.cmd = ["jupyterhub-singleuser"]
c.KubeSpawner.volumes = [{{"name": "home", "emptyDir": {{}}}}, {{"name": "tmp", "emptyDir": {{}}}}]
c.KubeSpawner.volume_mounts = [
    {{"name": "home", "mountPath": "/home/jovyan"}}, {{"name": "tmp", "mountPath": "/tmp"}}]
c.KubeSpawner.container_security_context = {security}
c.KubeSpawner.fs_gid = 1000
c.Spawner.start_timeout = 90
c.JupyterHub.services = [{{"name": "tester", "api_token": "{tester}"}}]
c.JupyterHub.load_roles = [{{"name": "tester", "scopes": {scopes}, "services": ["tester"]}}]
setup(c, service_url="{service}", secrets={secrets})
{more}
"""


def kubeconfig(kube: Kube, account: str, to: Path) -> Path:
    """Write a kubeconfig for a service account of the release."""
    token = kube.kubectl("create", "token", account, "-n", NAMESPACE, "--duration", "3h").strip()
    admin = yaml.safe_load(kube.kubeconfig.read_text())
    admin["users"] = [{"name": account, "user": {"token": token}}]
    admin["contexts"][0]["context"]["user"] = account
    to.touch(mode=0o600)
    to.write_text(yaml.safe_dump(admin))
    return to


@contextmanager
def rights(kube: Kube) -> Iterator[None]:
    """Give hub and controller the chart's service accounts and rights, in the namespace of the servers."""
    labels = {"maia.io/managed": "true", "pod-security.kubernetes.io/enforce": "restricted"}
    objects = list(_objects())
    with kube.namespace(SERVERS, **labels):
        kube.apply(*objects)
        try:
            yield
        finally:
            for each in objects:
                where = each["metadata"].get("namespace", "default")
                kube.kubectl("delete", each["kind"], each["metadata"]["name"], "-n", where)


def _objects() -> Iterator[dict[str, Any]]:
    """Yield what the chart would make of it."""
    values = {"workspaces": {"namespace": SERVERS}}
    command = ["template", "maia-hub", str(CHART), "--namespace", NAMESPACE, "--kube-version", "1.36.3"]
    for each in yaml.safe_load_all(run(*command, "--values", "-", given=json.dumps(values))):
        if each and each["kind"] in RIGHTS:
            yield each


class Site:
    """Hub, proxy and service over a cluster; users are alice and bob.

    ``more`` is added to the hub's configuration, ``settings`` to the service's.
    """

    def __init__(
        self,
        kube: Kube,
        folder: Path,
        image: str,
        more: str = "",
        settings: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self.kube = kube
        self._folder = folder
        self._image = image
        self._more = more
        self._settings = settings
        self._address = (kube.place or Place()).address
        self._public, self._hub, self._service = free_port(), free_port(), free_port()
        self._tokens: dict[str, str] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """The URL that people open."""
        return f"http://{self._address}:{self._public}"

    def start(self) -> Site:
        """Start it and wait until hub and service answer."""
        self._write()
        self.launch("migrate", "migrate", "--settings", str(self._folder / "settings.json")).wait(60)
        self.start_service()
        self.launch("hub", "-f", str(self._folder / "hub.py"), module="jupyterhub")
        eventually(lambda: self._answers(f"{self.url}/hub/api/"), "the hub answers", 180)
        eventually(lambda: self._answers(f"{self.url}/services/maia/health"), "the service answers", 180)
        return self

    def start_service(self) -> None:
        """Start the service alone."""
        places = [
            "--settings",
            str(self._folder / "settings.json"),
            "--secrets",
            str(self._folder / "secrets"),
        ]
        self.launch("service", "serve", *places, "--kubeconfig", str(self._folder / "controller.kubeconfig"))

    def launch(self, name: str, *arguments: str, module: str = "maia_hub.cli") -> subprocess.Popen[bytes]:
        """Start a process of the site."""
        path = os.pathsep.join(str(ROOT / part) for part in ("", "spawner", "labextension"))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "MAIA_", "CONFIGPROXY"))}
        environment = {**kept, "PYTHONPATH": path, "KUBECONFIG": str(self._folder / "hub.kubeconfig")}
        with (self._folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=self._folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        return self.processes[name]

    def stop(self) -> None:
        """End it, and every server."""
        for name in ("hub", "service"):
            if name in self.processes and self.processes[name].poll() is None:
                self.processes[name].send_signal(signal.SIGTERM)
                self.processes[name].wait(30)
        self.kube.kubectl("delete", "pods", "--all", "-n", SERVERS, "--grace-period=0", "--force")

    def logs(self) -> str:
        """The ends of all logs."""
        files = sorted(self._folder.glob("*.log"))
        return "\n".join(f"== {f.name}\n{f.read_text(errors='replace')[-6000:]}" for f in files)

    def _write(self) -> None:
        secrets = self._folder / "secrets"
        secrets.mkdir()
        for name, value in SECRETS.items():
            (secrets / name).write_text(value)
        for account in ACCOUNTS:
            kubeconfig(self.kube, f"maia-hub-{account}", self._folder / f"{account}.kubeconfig")
        settings = {
            "database": f"sqlite:///{self._folder}/maia.sqlite",
            "hub_api_url": f"http://{self._address}:{self._hub}/hub/api",
            "namespaces": [SERVERS],
            "host": self._address,
            "port": self._service,
            "policy": "demo",
            **self._settings,
        }
        (self._folder / "settings.json").write_text(json.dumps(settings))
        service = f"http://{self._address}:{self._service}"
        (self._folder / "hub.py").write_text(
            HUB.format(
                address=self._address,
                public=self._public,
                hub=self._hub,
                proxy=proxy_command(),
                proxy_api=free_port(),
                servers=SERVERS,
                image=self._image,
                security=SECURITY,
                service=service,
                tester=SECRETS["tester"],
                scopes=TESTER,
                secrets={name: SECRETS[name] for name in SHARED},
                more=self._more,
            )
        )

    # ---- people

    def hub(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call the hub's REST API."""
        headers = {"Authorization": f"token {SECRETS['tester']}"}
        url = f"http://{self._address}:{self._hub}/hub/api{path}"
        return httpx.request(method, url, headers=headers, timeout=60, trust_env=False, **more)

    def client(self, user: str) -> Client:
        """Return a client of the service that acts as the user."""
        if user not in self._tokens:
            self.hub("POST", f"/users/{user}")
            made = self.hub("POST", f"/users/{user}/tokens", json={"note": "test"}).raise_for_status()
            self._tokens[user] = made.json()["token"]
        return Client(f"{self.url}/services/maia", self._tokens[user])

    def book(self, user: str, seconds: float, gpus_: int = 1) -> BookingModel:
        """Book GPUs of the first pool from now on."""
        with self.client(user) as client:
            start = datetime.now(timezone.utc)
            request = BookingRequest(
                pool=client.state().pools[0].id,
                gpus=gpus_,
                start=start,
                end=start + timedelta(seconds=seconds),
            )
            return client.book(request)

    def start_server(self, user: str, choice: str = "cpu", within: float = 180) -> None:
        """Start the user's server with a choice of the spawn page and wait until it is ready."""
        self.client(user).close()
        reply = self.hub("POST", f"/users/{user}/server", json={"user_options": {"maia_choice": choice}})
        assert reply.status_code in (201, 202), f"{reply.status_code}: {reply.text}\n{self.logs()}"
        eventually(lambda: self.server(user).get("ready"), f"{user}'s server is ready\n{self.logs()}", within)

    def server(self, user: str) -> dict[str, Any]:
        """Return the hub's model of the user's server; empty if it does not run."""
        found: dict[str, Any] = self.hub("GET", f"/users/{user}").json()["servers"].get("", {})
        return found

    def pod(self, user: str) -> dict[str, Any]:
        """Return the user's pod; empty if there is none."""
        items = self.kube.get("pods", "-n", SERVERS)["items"]
        named = [p for p in items if p["metadata"]["annotations"].get("hub.jupyter.org/username") == user]
        return named[0] if named else {}

    def run(self, user: str, *command: str) -> str:
        """Run a command in the user's server and return what it printed."""
        return self.kube.kubectl("exec", "-n", SERVERS, self.pod(user)["metadata"]["name"], "--", *command)

    def _answers(self, url: str) -> bool:
        for name in ("hub", "service"):
            assert name not in self.processes or self.processes[name].poll() is None, self.logs()
        try:
            return httpx.get(url, trust_env=False).is_success
        except httpx.HTTPError:
            return False


@contextmanager
def site(
    kube: Kube,
    folder: Path,
    more: str = "",
    devices: int = 2,
    settings: Mapping[str, object] = MappingProxyType({}),
) -> Iterator[Site]:
    """Run a site on a cluster that has the release; its node gets simulated GPUs for the time of the block."""
    node = kube.get("nodes")["items"][0]["metadata"]["name"]
    gpus.give(kube, node, {gpus.GPU: devices}, {"nvidia.com/gpu.product": "NVIDIA-RTX-A6000"})
    try:
        with rights(kube):
            running = Site(kube, folder, building.loaded(kube, "workspace"), more, settings)
            try:
                yield running.start()
            finally:
                running.stop()
    finally:
        gpus.give(kube, node, {gpus.GPU: 0})
