"""A hub with ``subdomain_host``, where the door has an origin of its own, in a real Chromium.

Chromium takes every name that ends in ``.localhost`` for this machine; Python does not and asks the hub's API alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from maia_hub.core.projects import Projects
from maia_hub.door.app import Site
from tests.door.conftest import ACCESS, PREFIX, SERVICE, Running, member, signing_in, vision
from tests.door.tool import ToolServer
from tests.e2e.browser import picture
from tests.platform import eventually
from tests.ports import free_port
from tests.service.hub import SERVICE_SECRET, Hub

pytestmark = pytest.mark.browser


@dataclass
class Apart(Hub):
    """A hub whose users and services have origins of their own."""

    @property
    def url(self) -> str:
        """The address that browsers use."""
        return f"http://hub.localhost:{self.public}"

    def _wait(self) -> None:
        def answers() -> bool:
            try:
                return httpx.get(f"{self.api}/", timeout=2).status_code == 200
            except httpx.HTTPError:
                return False

        eventually(answers, "the hub answers", 60)


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Apart, int]]:
    """Such a hub, and the port on which it expects the door."""
    started, port = (
        Apart(tmp_path_factory.mktemp("apart"), free_port(), free_port(), free_port()),
        free_port(),
    )
    started.more = SERVICE.format(port=port, secret=SERVICE_SECRET)
    started.more += f"c.JupyterHub.subdomain_host = {started.url!r}\n"
    try:
        started.start()
        member(started, "alice", "MAIA:vision")
        yield started, port
    finally:
        started.stop()


@pytest.fixture
def door(apart: tuple[Apart, int], tool: ToolServer) -> Iterator[Running]:
    hub, port = apart
    settings = replace(
        signing_in(hub),
        public_url=f"http://maia-tools--service.hub.localhost:{hub.public}",
        hub_origin=hub.url,
    )
    frames = f"{hub.url} http://*.hub.localhost:{tool.port}"  # where the page with the frame comes from
    site = Site(projects=Projects(), reached=f"http://127.0.0.1:{port}", ancestors=frames)
    other = replace(vision(tool), name="other")
    running = Running(hub, port, [vision(tool), other], settings, site)
    try:
        running.start()
        yield running
    finally:
        running.close()


def card_url(door: Running) -> str:
    headers = {"Authorization": f"Bearer {door.hub.token('alice', ACCESS)}"}
    url = f"http://127.0.0.1:{door.port}{PREFIX}/api/tools?project=vision"
    tools = httpx.get(url, headers=headers, timeout=20).raise_for_status().json()["tools"]
    return next(str(each["url"]) for each in tools if each["name"] == "echo")


def test_a_card_names_the_whole_address(door: Running) -> None:
    assert (
        card_url(door) == f"http://maia-tools--service.hub.localhost:{door.hub.public}{PREFIX}/vision/echo/"
    )


def test_what_names_the_hub_is_sent_on_and_reaches_no_tool(door: Running, tool: ToolServer) -> None:
    """Whoever shows what counts, too: nothing of a tool is at the hub's origin."""
    headers = {"Host": f"hub.localhost:{door.hub.public}"}
    headers["Authorization"] = f"Bearer {door.hub.token('alice', ACCESS)}"
    seen = len(tool.seen)
    with httpx.Client(
        base_url=f"http://127.0.0.1:{door.port}{PREFIX}/", headers=headers, timeout=20
    ) as program:
        for path in ("vision/echo/a%2Fb?c=1&d=%20", "api/tools", "shared/1/"):
            answer = program.get(path)
            assert (answer.status_code, answer.headers["location"]) == (
                307,
                f"http://maia-tools--service.hub.localhost:{door.hub.public}{PREFIX}/{path}",
            )
        assert program.post("vision/echo/a", content=b"x").status_code == 421
    assert len(tool.seen) == seen


def test_a_frame_of_lab_signs_in_by_itself_and_shows_the_tool(
    alice: BrowserContext, door: Running, tool: ToolServer
) -> None:
    page = alice.new_page()
    page.goto(f"http://alice.hub.localhost:{tool.port}/frame?of={card_url(door)}live")
    told = page.frame_locator("iframe").locator("#told")
    expect(told).to_contain_text("fetched: /asked", timeout=20_000)
    expect(told).to_contain_text("xhr: POST")
    expect(told).to_contain_text("socket: there and back")
    expect(told).to_contain_text("tick: ö #2")
    expect(told).to_contain_text("origin: null")
    picture(page, "tools-own-origin")


def test_a_window_signs_in_and_its_page_acts_on_no_other_tool(alice: BrowserContext, door: Running) -> None:
    page = alice.new_page()
    page.goto(f"{card_url(door)}live")
    expect(page.locator("#told")).to_contain_text("fetched: /asked", timeout=20_000)
    asks = "path => fetch(path, {credentials: 'include'}).then(answer => answer.text(), () => 'refused')"
    assert "/kept" in page.evaluate(asks, f"{PREFIX}/vision/echo/kept")
    for path in ("vision/other/x", "api/tools?project=vision", "api/me"):
        assert page.evaluate(asks, f"{PREFIX}/{path}") == "refused"


def test_signing_out_leads_to_the_hub(alice: BrowserContext, door: Running) -> None:
    page = alice.new_page()
    page.goto(f"{card_url(door)}live")
    page.goto(f"http://maia-tools--service.hub.localhost:{door.hub.public}{PREFIX}/logout")
    assert page.url.startswith(f"{door.hub.url}/hub/")


def test_a_page_of_elsewhere_shows_no_tool_in_a_frame(
    alice: BrowserContext, door: Running, tool: ToolServer
) -> None:
    page = alice.new_page()
    page.goto(f"{card_url(door)}live")
    expect(page.locator("#told")).to_contain_text("fetched: /asked", timeout=20_000)
    page.goto(f"http://elsewhere.localhost:{tool.port}/frame?of={card_url(door)}live")
    page.wait_for_load_state("networkidle")
    assert page.frame_locator("iframe").locator("#told").count() == 0
