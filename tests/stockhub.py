"""A real JupyterHub with its stock local spawner: for the adapter's tests, and to measure against."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from maia_hub.embedded.node import proxy_command
from maia_hub.hub import ENTRY_SCOPES, SCOPES, SHUT_OUT_SCOPES
from tests.platform import eventually
from tests.ports import free_port

CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_port = {hub}
c.JupyterHub.pid_file = ""
c.ConfigurableHTTPProxy.command = {proxy}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_api}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allowed_users = {{"alice", "bob", "teacher", "stranger"}}
c.JupyterHub.spawner_class = "jupyterhub.spawner.SimpleLocalProcessSpawner"
c.SimpleLocalProcessSpawner.home_dir_template = "{home}/{{username}}"
c.Spawner.cmd = ["{python}", "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.default_url = "/lab"
c.JupyterHub.services = [
    {{"name": "tester", "api_token": "{token}"}}, {{"name": "apart", "api_token": "{apart}"}}]
c.JupyterHub.load_roles = [
    {{"name": "tester", "scopes": {scopes}, "services": ["tester"]}},
    {{"name": "apart", "scopes": {scopes_apart}, "services": ["apart"]}}]
"""
LAB = "/user/alice/lab"


class StockHub:
    """Lives in a folder of its own; users are alice, bob, a teacher and a stranger, with any password."""

    token = "0123456789abcdef" * 4
    apart = "fedcba9876543210" * 4
    """That of loops that let nobody into others' servers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._public = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def api(self) -> str:
        """The URL of the hub's REST API, past the proxy."""
        return f"http://127.0.0.1:{self._port}/hub/api"

    @property
    def url(self) -> str:
        """What people open."""
        return f"http://127.0.0.1:{self._public}"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The hub's process."""
        assert self._process is not None, "it is not started"
        return self._process

    def start(self) -> StockHub:
        """Start it and wait until it answers."""
        config = self._folder / "jupyterhub_config.py"
        config.write_text(
            CONFIG.format(
                public=self._public,
                hub=self._port,
                python=sys.executable,
                proxy=proxy_command(),
                proxy_api=free_port(),
                home=self._folder,
                token=self.token,
                scopes=[*SCOPES, *ENTRY_SCOPES],
                apart=self.apart,
                scopes_apart=[*SCOPES, *SHUT_OUT_SCOPES],
            )
        )
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "CONFIGPROXY"))}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", str(config)],
                cwd=self._folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        eventually(self._answers, "the hub answers", 60)
        return self

    def stop(self) -> None:
        """Stop it with its servers."""
        self.process.terminate()
        self.process.wait(30)

    def browser(self, user: str) -> httpx.Client:
        """Return a stand-in of a browser, signed in at the hub."""
        client = httpx.Client(base_url=self.url, follow_redirects=True, timeout=30, trust_env=False)
        form = {"username": user, "password": "any", "_xsrf": _xsrf_in(client.get("/hub/login").text)}
        client.post("/hub/login?next=/hub/home", data=form).raise_for_status()
        return client

    def call(self, method: str, path: str) -> httpx.Response:
        """Call the REST API."""
        headers = {"Authorization": f"token {self.token}"}
        return httpx.request(method, f"{self.api}{path}", headers=headers, timeout=60, trust_env=False)

    def start_server(self, user: str) -> float:
        """Start a server and wait until it is ready; return the seconds it took."""
        began = time.perf_counter()
        self.call("POST", f"/users/{user}/server").raise_for_status()
        eventually(lambda: self._server(user).get("ready"), "the server is ready", 60, every=0.02)
        return time.perf_counter() - began

    def stop_server(self, user: str) -> float:
        """Stop a server and wait until it is gone; return the seconds it took."""
        began = time.perf_counter()
        self.call("DELETE", f"/users/{user}/server").raise_for_status()
        eventually(lambda: self._server(user).get("stopped"), "the server is gone", 60, every=0.02)
        return time.perf_counter() - began

    def _server(self, user: str) -> dict[str, Any]:
        reply = self.call("GET", f"/users/{user}/server")
        return {"stopped": True} if reply.status_code == 404 else dict(reply.json())

    @property
    def _log(self) -> Path:
        return self._folder / "hub.log"

    def _answers(self) -> bool:
        assert self.process.poll() is None, self._log.read_text()
        try:
            return httpx.get(f"{self.api}/", trust_env=False).is_success
        except httpx.HTTPError:
            return False


def visited(client: httpx.Client) -> httpx.Response:
    """Open alice's JupyterLab as people do: the hub asks a visitor once whether that server may know her name."""
    page = client.get(LAB)
    if "oauth2/authorize" in str(page.url) and page.status_code == 200:
        scopes = re.findall(r'name="scopes"[^>]*value="([^"]*)"', page.text)
        page = client.post(str(page.url), data={"_xsrf": _xsrf_in(page.text), "scopes": scopes})
    return page


def _xsrf_in(page: str) -> str:
    found = re.search(r'name="_xsrf" value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]
