"""The real service in front of a real hub, on a real database; the clock alone can be moved."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from maia_hub.client import Client
from maia_hub.client.models import BookingRequest, ForeignProcess, GpuUsage
from maia_hub.core.closing import DEMO
from maia_hub.core.gpus import Gpu
from maia_hub.core.ids import GpuId, NodeId
from maia_hub.core.policy import PRESETS, PolicySet
from maia_hub.desk import Desk
from maia_hub.service import logs
from maia_hub.service.app import create_app
from maia_hub.service.server import Server, make_server
from maia_hub.service.settings import ServiceSettings
from maia_hub.service.usage import UsageSource
from maia_hub.store import Store, upgrade
from tests.platform import eventually
from tests.ports import free_port
from tests.service.hub import PREFIX, SERVICE_SECRET, Hub

DOOR_SECRET = "door-secret-0123456789abcdef"
SPAWNER_SECRET = "spawner-secret-0123456789abcdef"
GPUS = [
    Gpu(
        id=GpuId(f"SIM-{n}"),
        node=NodeId("here"),
        index=n,
        product="Simulated GPU",
        memory=2**30,
        simulated=True,
    )
    for n in range(2)
]


@dataclass
class MovableClock:
    """The time of day, which a test may move."""

    shift: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(timezone.utc) + self.shift


class HonestUsage:
    """Tells of simulated GPUs what can be told: nothing."""

    def usage(self, gpu_ids: Sequence[str]) -> list[GpuUsage]:
        """Return the usage of the given GPUs."""
        return [
            GpuUsage(gpu=g, utilisation=None, memory_used=None, memory=2**30, simulated=True) for g in gpu_ids
        ]

    def processes(self) -> list[ForeignProcess]:
        """Return no process: there is no real GPU."""
        return []


@dataclass
class Running:
    """The service, as it runs, and doors to it."""

    hub: Hub
    desk: Desk
    settings: ServiceSettings
    clock: MovableClock
    usage: UsageSource = field(default_factory=HonestUsage)
    server: Server | None = None
    thread: threading.Thread | None = None
    clients: list[httpx.Client | Client] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start the service in a thread of its own."""
        app = create_app(self.desk, self.settings, self.usage, self.clock)
        self.server = make_server(app, "127.0.0.1", self.hub.service_port)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        eventually(lambda: self.server is not None and self.server.started, "the service answers")

    def stop(self) -> None:
        """Stop the service."""
        if self.server is not None and self.thread is not None:
            self.server.should_exit = True
            self.thread.join(20)
            assert not self.thread.is_alive()
            self.server = self.thread = None

    def restart(self) -> None:
        """Stop the service and start it anew on the same database."""
        self.stop()
        self.start()

    def hub_at(self, api_url: str) -> None:
        """Let the service look for the hub elsewhere."""
        self.settings = replace(self.settings, hub_api_url=api_url)
        self.restart()

    def close(self) -> None:
        """Stop, and close every client."""
        for client in self.clients:
            client.close()
        self.hub.close_browsers()
        self.stop()

    @property
    def url(self) -> str:
        """The service, past the proxy."""
        return f"http://127.0.0.1:{self.hub.service_port}{PREFIX}"

    @property
    def api(self) -> str:
        """The API as a browser sees it, relative to the hub."""
        return f"{PREFIX}/api/v1"

    def signed_in(self, user: str) -> httpx.Client:
        """Return a browser's stand-in that has opened the portal."""
        browser = self.hub.browser(user)
        assert browser.get(f"{PREFIX}/").status_code == 200
        browser.headers["X-XSRFToken"] = browser.get(f"{self.api}/me").json()["xsrf"]
        return browser

    def token(self, user: str) -> str:
        """Return a token of the user, as a server of hers has one."""
        if user not in self.tokens:
            self.tokens[user] = self.hub.token(user)
        return self.tokens[user]

    def client(self, user: str) -> Client:
        """Return our own client with a token of the user."""
        return self.client_with(self.token(user))

    def client_with(self, token: str) -> Client:
        """Return our own client with any token."""
        client = Client(self.url, token)
        self.clients.append(client)
        return client

    def spawner(self) -> Client:
        """Return our own client with the spawner's secret."""
        return self.client_with(SPAWNER_SECRET)

    def raw(self, token: str | None = None, **headers: str) -> httpx.Client:
        """Return a bare HTTP client on the API."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        client = httpx.Client(base_url=f"{self.url}/api/v1/", headers=headers, timeout=20)
        self.clients.append(client)
        return client

    def move_to(self, moment: datetime) -> None:
        """Move the clock to a moment."""
        self.clock.shift = moment.astimezone(timezone.utc) - datetime.now(timezone.utc)

    def soon(self, **later: float) -> datetime:
        """Return a whole second a little from now."""
        return self.clock().replace(microsecond=0) + timedelta(**(later or {"hours": 1}))


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A real hub for the whole session."""
    started = Hub(tmp_path_factory.mktemp("hub"), free_port(), free_port(), free_port())
    started.more = f'c.JupyterHub.services.append({{"name": "maia-tools", "api_token": "{DOOR_SECRET}"}})'
    try:
        started.start()
        yield started
    finally:
        started.stop()


def ask(service: Running, *, minutes: float = 60, **values: Any) -> BookingRequest:
    """Return a request for one GPU, an hour from now and for an hour unless said otherwise."""
    start = values.pop("start", None) or service.soon()
    asked = {"product": "Simulated GPU", "gpus": 1, "start": start, "end": start + timedelta(minutes=minutes)}
    return BookingRequest(**{**asked, **values})


@pytest.fixture
def service(hub: Hub, tmp_path: Path) -> Iterator[Running]:
    """The service with two simulated GPUs and the demo rules, on a database of its own."""
    url = f"sqlite:///{tmp_path}/maia.db"
    upgrade(url)
    store, clock = Store(url), MovableClock()
    desk = Desk(store, PolicySet(PRESETS["demo"]), DEMO, lambda _: None)
    desk.sync_inventory(GPUS, clock())
    settings = ServiceSettings(
        hub_api_url=hub.api,
        api_token=SERVICE_SECRET,
        spawner_token=SPAWNER_SECRET,
        portal=tmp_path / "portal",
    )
    running = Running(hub, desk, settings, clock)
    try:
        running.start()
        yield running
    finally:
        running.close()
        store.close()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the logs say, as configured for the service's process."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    written = io.StringIO()
    logs.configure(written)
    yield written
    root.handlers, root.level = before, level
    structlog.reset_defaults()
