"""`maia up --subdomain-host`: tools' pages at an origin of their own, portal and JupyterLab at the hub's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from maia_hub.client.models import ToolShareRequest
from tests.door.tool import ToolServer
from tests.e2e.browser import picture, sign_in
from tests.e2e.lab import START, expose_app
from tests.e2e.tools import PREFIX, Tools, act, hostile, kernels
from tests.platform import Platform
from tests.ports import free_port

pytestmark = pytest.mark.browser

REACHES = "address => fetch(address, {credentials: 'include'}).then(answer => answer.ok, () => false)"
POSTS = "address => fetch(address, {method: 'POST', credentials: 'include', mode: 'no-cors', body: '{}'})"
MAKES_A_TOKEN = """async () => {
    const [, xsrf] = /_xsrf=([^;]+)/.exec(document.cookie);
    const headers = { 'X-XSRFToken': xsrf, 'Content-Type': 'application/json' };
    const asked = { method: 'POST', headers, body: '{"note": "test"}' };
    return (await (await fetch('/hub/api/users/alice/tokens', asked)).json()).token;
}"""
LOOKS_UP = "() => { try { return Boolean(parent.document.body); } catch { return false; } }"


@pytest.fixture(scope="module")
def tool() -> Iterator[ToolServer]:
    server = ToolServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, tool: ToolServer) -> Iterator[Platform]:
    """A platform at ``hub.localhost``, which Chromium takes for this machine, with a tool that runs elsewhere."""
    port = free_port()
    options = ["--subdomain-host", f"http://hub.localhost:{port}"]
    started = Platform(tmp_path_factory.mktemp("platform") / "data", port=port, arguments=options)
    try:
        started.start()
        started.stop()
        file = started.data / "settings.json"
        said = json.loads(file.read_text())
        said["tools"] = {
            "default": {"elsewhere": {"kind": "mlflow", "address": tool.url, "title": "Elsewhere"}}
        }
        file.write_text(json.dumps(said))
        started.arguments = []  # it is remembered
        yield started.start()
    finally:
        started.stop()


@pytest.fixture(scope="module")
def alice(browser: Browser, platform: Platform) -> Iterator[BrowserContext]:
    """A browser of alice, signed in at the hub, whose server runs."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.goto(f"{hub(platform)}/hub/login")
    sign_in(page, "alice", platform.password("alice"))
    page.wait_for_url(f"{hub(platform)}/services/maia/**")
    expect(page.get_by_role("group", name="Timeline of GPUs")).to_be_visible()
    page.goto(f"{hub(platform)}/hub/home")
    platform.remember("alice", page.evaluate(MAKES_A_TOKEN))
    page.close()
    expose_app(platform, "alice")
    platform.start_server("alice")
    yield context
    context.close()


def hub(platform: Platform) -> str:
    """The address that people open."""
    return f"http://hub.localhost:{platform.port}"


def door(platform: Platform) -> str:
    """The tools' own."""
    return f"http://maia-tools--service.hub.localhost:{platform.port}"


def test_a_tool_is_opened_in_lab_and_reaches_nothing_of_it(alice: BrowserContext, platform: Platform) -> None:
    page = alice.new_page()
    page.goto(f"{hub(platform)}/user/alice/lab")
    expect(page.locator(".maia-Status")).to_contain_text("CPU", timeout=START)
    page.evaluate("async () => { await window.jupyterapp.restored; }")
    page.evaluate("() => { void window.jupyterapp.commands.execute('maia:tools-show'); }")
    page.get_by_role("button", name="Open Elsewhere", exact=True).click(timeout=START)
    body = page.frame_locator("iframe[title='Elsewhere of default']").locator("body")
    expect(body).to_contain_text('"path"', timeout=START)
    picture(page, "tools-own-origin-lab")
    (frame,) = [each for each in page.frames if each.url.startswith(door(platform))]
    assert frame.evaluate("self.origin") == "null"
    assert frame.evaluate(LOOKS_UP) is False
    refused(page, platform)


def refused(page: Page, platform: Platform) -> None:
    """Assert that the page of a tool, in a frame of it, reaches neither kernels nor what the platform tells."""
    (frame,) = [each for each in page.frames if each.url.startswith(door(platform))]
    kernels = f"{hub(platform)}/user/alice/api/kernels"
    frame.evaluate(POSTS, kernels)
    others = ("/services/maia/api/v1/me", "/hub/api/user")
    told = [kernels, f"{door(platform)}{PREFIX}/api/tools", *(f"{hub(platform)}{path}" for path in others)]
    assert {address: frame.evaluate(REACHES, address) for address in told} == dict.fromkeys(told, False)
    running = "() => app.refreshRunning().then(() => [...app.running()].length)".replace(
        "app", "window.jupyterapp.serviceManager.kernels"
    )
    assert page.evaluate(running) == 0


def test_a_window_signs_in_at_the_origin_of_the_tools_without_a_word(
    alice: BrowserContext, platform: Platform
) -> None:
    page = alice.new_page()
    page.goto(f"{door(platform)}{PREFIX}/default/elsewhere/live")
    told = page.locator("#told")
    expect(told).to_contain_text("fetched: /asked", timeout=START)
    expect(told).to_contain_text("socket: there and back")
    expect(told).to_contain_text("origin: null")
    at = {each["domain"] for each in alice.cookies() if each["path"] == PREFIX}
    assert at == {"maia-tools--service.hub.localhost"}


def test_a_link_that_names_the_hubs_host_leads_to_the_tools_own(
    alice: BrowserContext, platform: Platform
) -> None:
    page = alice.new_page()
    page.goto(f"{hub(platform)}{PREFIX}/default/elsewhere/live")
    expect(page.locator("#told")).to_contain_text("origin: null", timeout=START)
    assert page.url == f"{door(platform)}{PREFIX}/default/elsewhere/live"


def test_what_is_shared_is_opened_at_the_origin_of_the_tools(
    alice: BrowserContext, platform: Platform
) -> None:
    until = datetime.now(timezone.utc) + timedelta(days=1)
    with platform.client("alice") as client:
        share = client.share_tool(ToolShareRequest(tool="spleen", guest="bob", until=until))
    assert share.page == f"{door(platform)}{PREFIX}/shared/{share.id}/"
    page = alice.new_page()
    page.goto(share.page)
    expect(page.get_by_text("Nothing is shared with you")).to_be_visible()  # but with bob
    assert page.url.startswith(door(platform))


def test_a_hostile_artifact_of_mlflow_reaches_no_kernel(alice: BrowserContext, platform: Platform) -> None:
    program, page = Tools(platform, "alice"), alice.new_page()
    program.start("mlflow")
    run = program.log_run(hostile(hub(platform)))
    program.close()
    host = f"hub.localhost:{platform.port}"
    before = kernels(platform, "alice", host)
    told = act(page, f"{door(platform)}{PREFIX}/", run).locator("#told").inner_text()
    picture(page, "tools-own-origin-hostile")
    for each in alice.pages:
        each.close()  # the windows that it opened, too
    assert len(re.findall(r"^\w+: ", told, re.MULTILINE)) >= 6
    assert "REACHED" not in told, told
    assert kernels(platform, "alice", host) == before


@pytest.mark.usefixtures("alice")
def test_programs_of_this_machine_go_on_at_its_own_address(platform: Platform) -> None:
    program = Tools(platform, "alice")
    try:
        assert program.card("elsewhere")["url"] == f"{door(platform)}{PREFIX}/default/elsewhere/"
        assert program.http.get("default/elsewhere/asked").json()["path"] == "/asked"
    finally:
        program.close()
    with platform.client("alice") as client:
        assert client.state().user == "alice"
    sent_on = httpx.get(f"{platform.url}/user/alice/api", timeout=60)
    assert sent_on.status_code == 302
    assert sent_on.headers["location"].startswith(f"{hub(platform)}/")
    named = {"Host": f"hub.localhost:{platform.port}"}
    assert httpx.get(f"{platform.url}/user/alice/api", headers=named, timeout=60).is_success
