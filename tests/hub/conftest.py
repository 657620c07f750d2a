"""A real JupyterHub with the stock local spawner, for the adapter's tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from maia_hub.embedded.node import proxy_command
from maia_hub.hub import SCOPES
from tests.platform import eventually, free_port

TOKEN = "0123456789abcdef" * 4

CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_port = {hub}
c.JupyterHub.pid_file = ""
c.ConfigurableHTTPProxy.command = {proxy}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_api}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allowed_users = {{"alice", "bob"}}
c.JupyterHub.spawner_class = "jupyterhub.spawner.SimpleLocalProcessSpawner"
c.SimpleLocalProcessSpawner.home_dir_template = "{home}/{{username}}"
c.Spawner.cmd = ["{python}", "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.JupyterHub.services = [{{"name": "tester", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [{{"name": "tester", "scopes": {scopes}, "services": ["tester"]}}]
"""


@dataclass
class RealHub:
    """Where it answers, and its process."""

    api: str
    token: str
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def real_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    folder = tmp_path_factory.mktemp("hub")
    hub = free_port()
    config = folder / "jupyterhub_config.py"
    config.write_text(
        CONFIG.format(
            public=free_port(),
            hub=hub,
            python=sys.executable,
            proxy=proxy_command(),
            proxy_api=free_port(),
            home=folder,
            token=TOKEN,
            scopes=list(SCOPES),
        )
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "CONFIGPROXY"))}
    environment["JUPYTERHUB_CRYPT_KEY"] = ""
    with (folder / "hub.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(config)],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        found = RealHub(f"http://127.0.0.1:{hub}/hub/api", TOKEN, process)
        eventually(lambda: _answers(found, folder / "hub.log"), "the hub answers", 60)
        yield found
    finally:
        process.terminate()
        process.wait(30)


def _answers(hub: RealHub, log: Path) -> bool:
    assert hub.process.poll() is None, log.read_text()
    try:
        return httpx.get(f"{hub.api}/", trust_env=False).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture
def paused(real_hub: RealHub) -> Iterator[None]:
    """The hub's process is stopped as by a debugger: it accepts connections and never answers."""
    real_hub.process.send_signal(signal.SIGSTOP)
    yield
    real_hub.process.send_signal(signal.SIGCONT)
