"""The real door in front of a real hub with groups, and a real HTTP server as the tool behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext

from maia_hub.core.ids import ProjectId
from maia_hub.core.projects import Projects
from maia_hub.door.app import Site, create_app
from maia_hub.door.outside import EVERY, Outside
from maia_hub.door.server import make_server
from maia_hub.door.shelf import Shelf, Source
from maia_hub.service.people import clock
from maia_hub.service.settings import ServiceSettings
from maia_hub.tools.model import Credentials, Health, Kind, Page, Tool
from tests.door.tool import ToolServer
from tests.e2e.browser import chromium, sign_in
from tests.platform import eventually
from tests.ports import free_port
from tests.service.hub import ADMIN_TOKEN, PASSWORD, SERVICE_SECRET, Hub

PREFIX = "/services/maia-tools"
ACCESS = ("access:services!service=maia-tools",)
SECRET = "the tool's own word 0123456789"
SERVICE = """
c.JupyterHub.services.append({{
    "name": "maia-tools",
    "url": "http://127.0.0.1:{port}",
    "api_token": "{secret}",
    "oauth_client_id": "service-maia-tools",
    "oauth_no_confirm": True,
    "timeout": 0,
}})
c.JupyterHub.load_roles.append({{
    "name": "maia-tools-service", "services": ["maia-tools"], "scopes": ["read:users:name", "read:users:groups"]
}})
"""
ECHO = Kind(
    name="echo",
    title="Echo",
    page=Page.SANDBOXED,
    health=Health("/health"),
    signs_in={"Authorization": "Basic {basic}"},
    assets=("static/",),
)


@dataclass
class Running:
    """The door, as it runs, and who goes through it."""

    hub: Hub
    port: int
    tools: list[Tool]
    settings: ServiceSettings
    site: Site
    server: uvicorn.Server | None = None
    thread: threading.Thread | None = None
    clients: list[httpx.Client] = field(default_factory=list)
    more: list[Source] = field(default_factory=list)
    every: float = EVERY

    def start(self) -> None:
        """Start it in a thread of its own."""

        def tools(project: ProjectId) -> Sequence[Tool]:
            return [tool for tool in self.tools if tool.project == project]

        projects = [ProjectId(p) for p in {tool.project for tool in self.tools}]
        outside = Outside(projects, tools, clock, self.every)
        app = create_app(Shelf([outside, *self.more]), self.settings, self.site, clock)
        self.server = make_server(app, "127.0.0.1", self.port)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        eventually(lambda: self.server is not None and self.server.started, "the door answers")

    def restart(self) -> None:
        """Start it anew, with its tools as they are now."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop it, and close every client."""
        for client in self.clients:
            client.close()
        self.hub.close_browsers()
        self.stop()

    def stop(self) -> None:
        """Stop it."""
        if self.server is not None and self.thread is not None:
            self.server.should_exit = True
            self.thread.join(20)
            assert not self.thread.is_alive()

    def program(self, user: str, **headers: str) -> httpx.Client:
        """Return a program of a user: it shows her token, and goes through the hub's proxy."""
        headers["Authorization"] = f"Bearer {self.hub.token(user, ACCESS)}"
        client = httpx.Client(base_url=f"{self.hub.url}{PREFIX}/", headers=headers, timeout=20)
        self.clients.append(client)
        return client

    def browser(self, user: str) -> httpx.Client:
        """Return a browser's stand-in that has been to the door."""
        browser = self.hub.browser(user)
        assert browser.get(f"{PREFIX}/login?next={PREFIX}/signed-in").status_code == 200
        return browser


def member(hub: Hub, user: str, group: str) -> None:
    """Let a user into a group of the hub."""
    headers = {"Authorization": f"token {ADMIN_TOKEN}"}
    httpx.post(f"{hub.api}/users/{user}", headers=headers, timeout=20)
    httpx.post(f"{hub.api}/groups/{group}", headers=headers, timeout=20)
    done = httpx.post(f"{hub.api}/groups/{group}/users", headers=headers, json={"users": [user]}, timeout=20)
    done.raise_for_status()


def leave(hub: Hub, user: str, group: str) -> None:
    """Take a user out of a group of the hub."""
    headers = {"Authorization": f"token {ADMIN_TOKEN}"}
    told = {"users": [user]}
    done = httpx.request("DELETE", f"{hub.api}/groups/{group}/users", headers=headers, json=told, timeout=20)
    done.raise_for_status()


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A real hub for the whole session: alice is in the project vision, bob in lungs, dave in neither."""
    started = Hub(tmp_path_factory.mktemp("hub"), free_port(), free_port(), free_port())
    started.more = SERVICE.format(port=free_port(), secret=SERVICE_SECRET)
    try:
        started.start()
        member(started, "alice", "MAIA:vision")
        member(started, "bob", "MAIA:lungs")
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
def tool() -> Iterator[ToolServer]:
    """A tool that says what reached it."""
    server = ToolServer()
    server.start()
    yield server
    server.stop()


def vision(tool: ToolServer, **changed: object) -> Tool:
    """Return the tool as one of the project vision."""
    made = Tool(
        project=ProjectId("vision"),
        name="echo",
        kind=ECHO,
        title="Echo",
        address=tool.url,
        credentials=Credentials("maia", SECRET),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def signing_in(hub: Hub) -> ServiceSettings:
    """Return what the door needs for signing in by a hub."""
    return ServiceSettings(
        hub_api_url=hub.api,
        api_token=SERVICE_SECRET,
        spawner_token=SERVICE_SECRET[::-1],
        prefix=PREFIX,
        service_name="maia-tools",
        client_id="service-maia-tools",
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def alice(browser: Browser, door: Running) -> Iterator[BrowserContext]:
    """A browser of alice, who is signed in at the hub and nowhere else."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{door.hub.url}/hub/login?next=/hub/home")
    sign_in(page, "alice", PASSWORD)
    page.wait_for_url("**/hub/home")
    page.close()
    yield context
    context.close()


@pytest.fixture
def door(hub: Hub, tool: ToolServer) -> Iterator[Running]:
    """The door with that tool, as one of the project vision."""
    port = int(hub.more.partition("http://127.0.0.1:")[2].partition('"')[0])
    site = Site(projects=Projects(), reached=hub.url)
    running = Running(hub, port, [vision(tool)], signing_in(hub), site)
    try:
        running.start()
        yield running
    finally:
        running.close()
