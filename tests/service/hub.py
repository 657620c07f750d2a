"""A real JupyterHub behind its real proxy, for signing in to the service."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from maia_hub.embedded.node import proxy_command
from maia_hub.hub.roles import CUSTOM_SCOPES, USER_SCOPES
from tests.ports import free_port

PREFIX = "/services/maia"
SERVICE_SECRET = "service-secret-0123456789abcdef"
ADMIN_TOKEN = "token-of-the-tests-0123456789abcdef"
PASSWORD = "a long password for everybody in the tests"

_CONFIG = """
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = {hub}
c.JupyterHub.db_url = "sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "{password}"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {{"carol"}}
c.JupyterHub.spawner_class = "simple"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.pid_file = "{folder}/proxy.pid"
c.ConfigurableHTTPProxy.debug = False
c.JupyterHub.services = [
    {{
        "name": "maia",
        "url": "http://127.0.0.1:{service}",
        "api_token": "{secret}",
        "oauth_client_id": "service-maia",
        "oauth_no_confirm": True,
        "timeout": 0,  # it is started after the hub, which would wait for it half a minute
    }},
    {{"name": "tests", "api_token": "{admin}"}},
]
c.JupyterHub.custom_scopes = {custom!r}
c.JupyterHub.load_roles = [
    {{"name": "user", "scopes": {user!r}}},
    {{"name": "maia-service", "services": ["maia"], "scopes": ["read:users:name", "read:users:groups"]}},
    {{"name": "tests", "services": ["tests"], "scopes": ["admin:users", "tokens", "admin:groups"]}},
]
"""


@dataclass
class Hub:
    """A hub that runs; ``service_port`` is where it expects the service, ``more`` is added to its configuration."""

    folder: Path
    public: int
    internal: int
    service_port: int
    process: subprocess.Popen[bytes] | None = None
    browsers: list[httpx.Client] = field(default_factory=list)
    more: str = ""

    @property
    def url(self) -> str:
        """The address that browsers use."""
        return f"http://127.0.0.1:{self.public}"

    @property
    def api(self) -> str:
        """The hub's API, past the proxy."""
        return f"http://127.0.0.1:{self.internal}/hub/api"

    def start(self) -> None:
        """Start the hub with its proxy and wait until both answer."""
        config = _CONFIG.format(
            public=self.public,
            hub=self.internal,
            api=free_port(),
            folder=self.folder,
            password=PASSWORD,
            proxy=proxy_command(),
            service=self.service_port,
            secret=SERVICE_SECRET,
            admin=ADMIN_TOKEN,
            custom=CUSTOM_SCOPES,
            user=list(USER_SCOPES),
        )
        (self.folder / "config.py").write_text(config + self.more)
        with (self.folder / "hub.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", "config.py"],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={**os.environ, "MAIA_TESTS": "1"},
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/hub/api/", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            assert self.process is not None
            assert self.process.poll() is None, (self.folder / "hub.log").read_text()[-3000:]
            time.sleep(0.1)
        raise AssertionError((self.folder / "hub.log").read_text()[-3000:])

    def stop(self) -> None:
        """Stop hub and proxy."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def close_browsers(self) -> None:
        """Close every browser's stand-in."""
        while self.browsers:
            self.browsers.pop().close()

    def browser(self, user: str) -> httpx.Client:
        """Return a browser's stand-in, signed in at the hub and nowhere else."""
        client = httpx.Client(base_url=self.url, follow_redirects=True, timeout=20)
        self.browsers.append(client)
        page = client.get("/hub/login")
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert xsrf, page.text[:500]
        form = {"username": user, "password": PASSWORD, "_xsrf": xsrf.group(1)}
        done = client.post("/hub/login?next=/hub/home", data=form)
        assert done.status_code == 200, done.text[:500]
        return client

    def token(
        self, user: str, scopes: tuple[str, ...] = ("access:services!service=maia",), **terms: object
    ) -> str:
        """Return a fresh API token of a user who has signed in before."""
        headers = {"Authorization": f"token {ADMIN_TOKEN}"}
        httpx.post(f"{self.api}/users/{user}", headers=headers, timeout=20)
        answer = httpx.post(
            f"{self.api}/users/{user}/tokens",
            headers=headers,
            json={"scopes": list(scopes), **terms},
            timeout=20,
        )
        answer.raise_for_status()
        token: str = answer.json()["token"]
        return token

    def take_back(self, user: str, token: str) -> None:
        """Revoke a token of a user."""
        headers = {"Authorization": f"token {token}"}
        mine = httpx.get(f"{self.api}/user", headers=headers, timeout=20).json()["token_id"]
        headers = {"Authorization": f"token {ADMIN_TOKEN}"}
        gone = httpx.delete(f"{self.api}/users/{user}/tokens/{mine}", headers=headers, timeout=20)
        assert gone.status_code == 204, gone.text
