"""The real platform for tests: `maia up` as a process, with its hub, proxy, service and servers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from maia_hub.client import Client
from maia_hub.client.models import BookingModel, BookingRequest
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[1]
T = TypeVar("T")


def eventually(look: Callable[[], T | None], what: str, within: float = 180.0, every: float = 0.05) -> T:
    """Return the first true answer of ``look``; AssertionError naming ``what`` if there is none in time.

    A server that cannot be reached, or says nothing for longer than the client waits, is asked again.
    """
    until = time.monotonic() + within
    unreached: httpx.TransportError | None = None
    while time.monotonic() < until:
        try:
            found = look()
        except httpx.TransportError as e:
            found, unreached = None, e
        if found:
            return found
        time.sleep(every)
    raise AssertionError(f"not within {within:g} s: {what}") from unreached


class Platform:
    """A platform on a data folder of its own. ``arguments`` are further options of `maia up`."""

    def __init__(
        self,
        data: Path,
        *,
        port: int | None = None,
        policy: str = "demo",
        gpus: int = 2,
        arguments: Sequence[str] = (),
    ) -> None:
        self.data = data
        self.port = port or free_port()
        self.policy = policy
        self.gpus = gpus
        self.arguments = list(arguments)
        self.process: subprocess.Popen[bytes] | None = None
        self._seen = 0
        self._tokens: dict[str, str] = {}

    # ---- the processes

    @property
    def url(self) -> str:
        """The URL that people open."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_url(self) -> str:
        """The service behind the proxy."""
        return f"{self.url}/services/maia"

    @property
    def log(self) -> Path:
        """What `maia up` has printed, in all its starts."""
        return self.data.with_name(f"{self.data.name}.up.log")

    @property
    def command(self) -> list[str]:
        """The command line of `maia up`."""
        return [
            *(sys.executable, "-m", "maia_hub.cli", "up"),
            *("--data", str(self.data), "--port", str(self.port), "--policy", self.policy),
            *("--gpus", str(self.gpus)),
            *self.arguments,
        ]

    @property
    def variables(self) -> dict[str, str]:
        """The environment of `maia up`."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "MAIA_", "CONFIGPROXY"))}
        path = [str(ROOT), str(ROOT / "spawner"), str(ROOT / "labextension")]
        return {**kept, "PYTHONPATH": os.pathsep.join(path)}

    def launch(self) -> subprocess.Popen[bytes]:
        """Start `maia up` without waiting for it; what it prints goes to a log beside the data folder."""
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.variables,
                cwd=self.data,
            )
        return self.process

    def start(self, within: float = 180.0) -> Platform:
        """Start it and wait until hub and service answer."""
        self.forget_output()
        process = self.launch()

        def ready() -> bool:
            assert process.poll() is None, f"maia up ended with {process.returncode}:\n{self.logs()}"
            return "Ctrl-C ends it" in self.output()

        eventually(ready, "maia up is ready", within)
        return self

    def stop(self, number: int = signal.SIGINT, within: float = 180.0) -> int:
        """End it as Ctrl-C does; return its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def pid(self, name: str) -> int:
        """Return the process id of ``hub``, ``proxy`` or ``service``."""
        pid: int = json.loads((self.data / "run" / "platform.json").read_text())["pids"][name]
        return pid

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Send a signal to hub, proxy or service; return its process id."""
        pid = self.pid(name)
        os.kill(pid, number)
        return pid

    # ---- what it says

    def output(self) -> str:
        """What `maia up` has printed since its start."""
        return self.log.read_text(errors="replace")[self._seen :]

    def forget_output(self) -> None:
        """Let `output` begin here."""
        self._seen = len(self.log.read_text(errors="replace")) if self.log.exists() else 0

    def logs(self) -> str:
        """The ends of all logs, for a failure's message."""
        files = [self.log, *sorted((self.data / "logs").glob("*.log"))]
        return "\n".join(f"== {f.name}\n{f.read_text(errors='replace')[-4000:]}" for f in files if f.exists())

    # ---- people

    def password(self, user: str) -> str:
        """Return the generated password of a user."""
        settings = json.loads((self.data / "settings.json").read_text())
        return str(next(a["password"] for a in settings["accounts"] if a["name"] == user))

    def session(self, user: str) -> httpx.Client:
        """Return an HTTP client that is signed in at the hub, as a browser is."""
        browser = httpx.Client(base_url=self.url, follow_redirects=True, timeout=60, trust_env=False)
        page = browser.get("/hub/login").raise_for_status()
        xsrf = re.search(r'name="_xsrf" value="([^"]*)"', page.text)
        assert xsrf is not None
        form = {"username": user, "password": self.password(user), "_xsrf": xsrf[1]}
        reply = browser.post("/hub/login?next=%2Fhub%2Fhome", data=form)
        if reply.status_code != 200:
            browser.close()
            raise AssertionError(f"{user} was not signed in: {reply.status_code}")
        return browser

    def token(self, user: str) -> str:
        """Return a hub token that may do what the user may, the service included; made once."""
        if user not in self._tokens:
            with closing(self.session(user)) as browser:
                xsrf = next(c.value for c in browser.cookies.jar if c.name == "_xsrf" and c.path == "/hub/")
                reply = browser.post(
                    f"/hub/api/users/{user}/tokens",
                    json={"note": "test"},
                    headers={"X-XSRFToken": xsrf or "", "Referer": f"{self.url}/hub/token"},
                )
                self._tokens[user] = str(reply.raise_for_status().json()["token"])
        return self._tokens[user]

    def remember(self, user: str, token: str) -> None:
        """Let a token be the user's that was made in a browser."""
        self._tokens[user] = token

    def client(self, user: str) -> Client:
        """Return a client of the service that acts as the user."""
        return Client(self.service_url, self.token(user))

    def book(self, user: str, seconds: float, *, delay: float = 0.0, gpus: int = 1) -> BookingModel:
        """Book GPUs of the first pool from ``delay`` seconds from now on."""
        with self.client(user) as client:
            state = client.state()
            start = state.now + timedelta(seconds=delay)
            end = start + timedelta(seconds=seconds)
            return client.book(BookingRequest(pool=state.pools[0].id, gpus=gpus, start=start, end=end))

    def held(self, user: str) -> list[str]:
        """Return the ids of the GPUs that the user's servers hold, as the service knows it."""
        with self.client(user) as client:
            return [gpu.id for session in client.state().sessions for gpu in session.gpus]

    # ---- servers

    def hub(self, method: str, path: str, user: str, **more: Any) -> httpx.Response:
        """Call the hub's REST API as the user."""
        headers = {"Authorization": f"token {self.token(user)}"}
        return httpx.request(
            method, f"{self.url}/hub/api{path}", headers=headers, timeout=60, trust_env=False, **more
        )

    def start_server(self, user: str, choice: str = "cpu", within: float = 180.0) -> dict[str, Any]:
        """Start the user's default server with a choice of the spawn page; return it once it is ready."""
        body = {"user_options": {"maia_choice": choice}}
        reply = self.hub("POST", f"/users/{user}/server", user, json=body)
        assert reply.status_code in (201, 202), f"{reply.status_code}: {reply.text}\n{self.logs()}"
        return self.await_server(user, within)

    def await_server(self, user: str, within: float = 180.0) -> dict[str, Any]:
        """Return the user's default server once it is ready."""
        return eventually(lambda: self._ready(user), f"{user}'s server is ready", within)

    def _ready(self, user: str) -> dict[str, Any] | None:
        found = self.server(user)
        return found if found and found["ready"] else None

    def stop_server(self, user: str, within: float = 180.0) -> None:
        """Stop the user's default server and wait until it is gone."""
        self.hub("DELETE", f"/users/{user}/server", user)
        eventually(lambda: self.server(user) is None, f"{user}'s server is gone", within)

    def server(self, user: str) -> dict[str, Any] | None:
        """Return the hub's model of the user's default server; None if it does not run."""
        servers = self.hub("GET", f"/users/{user}", user).raise_for_status().json()["servers"]
        found: dict[str, Any] | None = servers.get("")
        return found

    def environment(self, user: str) -> dict[str, str]:
        """Return the environment of the user's running server process."""
        return read_environment(self.server_pid(user))

    def server_pid(self, user: str) -> int:
        """Return the process id of the user's single-user server (not of its supervisor)."""
        for pid in processes_of(user, self.data):
            command = command_of(pid)
            if "jupyterhub.singleuser" in command and "maia_hub.supervise" not in command:
                return pid
        raise AssertionError(f"{user} has no server process")


def read_environment(pid: int) -> dict[str, str]:
    """Return the environment with which a process was started."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    return dict(item.decode().partition("=")[::2] for item in raw.split(b"\0") if b"=" in item)


def command_of(pid: int) -> list[str]:
    """Return the command line of a process; nothing if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def processes_of(user: str, data: Path) -> list[int]:
    """Return every process that bears a grant of the user under a data folder."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            environment = read_environment(int(folder.name))
            session = environment.get("MAIA_SESSION_FILE", "")
            if session.startswith(str(data)) and environment.get("JUPYTERHUB_USER") == user:
                found.append(int(folder.name))
    return found
