"""Waiting for an idle GPU in the browser: choose it, see the place, be asked, restart with the GPU or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.browser import open_portal, picture, violations
from tests.e2e.lab import (
    PANEL,
    START,
    execute,
    expose_app,
    notification,
    open_panel,
    signed_in,
    status,
)
from tests.platform import Platform

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
EXPECTED = re.compile(r"Place 1 in line, expected (today|tomorrow) [0-9]")


@pytest.fixture
def alice(browser: Browser, platform: Platform) -> Iterator[BrowserContext]:
    """A browser of alice, who has no server yet."""
    expose_app(platform, "alice")
    opened = signed_in(browser, platform, "alice")
    yield opened
    opened.close()
    platform.stop_server("alice")
    with platform.client("bob") as bob:
        for booking in bob.state().bookings:
            bob.cancel(booking.id)


def start_waiting(context: BrowserContext, platform: Platform, scheme: Scheme) -> Page:
    """Choose on the spawn page to wait, by the keyboard, and come to JupyterLab."""
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{platform.url}/hub/spawn/alice")
    choice = page.get_by_role("radio", name="Wait for an idle Simulated GPU: start on CPU now")
    expect(choice).to_be_enabled()
    expect(page.get_by_text("Place 1 in line, expected")).to_be_visible()
    choice.focus()
    page.keyboard.press("Space")
    picture(page, f"wait-spawn-{scheme}")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("CPU", timeout=START)
    expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=START)
    if scheme == "dark":
        execute(page, "apputils:change-theme", {"theme": "JupyterLab Dark"})
        expect(page.locator("body[data-jp-theme-light=false]")).to_be_attached()
        expect(page.locator("#jupyterlab-splash")).to_have_count(0)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_who_waits_sees_her_place_is_asked_and_gets_the_gpu_by_a_restart(
    browser: Browser, platform: Platform, alice: BrowserContext, scheme: Scheme
) -> None:
    booking = platform.book("bob", 600, gpus=2)
    page = start_waiting(alice, platform, scheme)
    panel = open_panel(page)
    line = panel.get_by_role("group", name="Waiting for an idle GPU")
    expect(line).to_contain_text("You wait for an idle Simulated GPU.")
    expect(line).to_contain_text(EXPECTED)
    picture(page, f"wait-lab-{scheme}")
    portal = open_portal(browser, platform, "alice", color_scheme=scheme)
    running = portal.get_by_role("region", name="Running now")
    expect(running).to_contain_text(EXPECTED)
    picture(portal, f"wait-portal-{scheme}")

    with platform.client("bob") as bob:
        bob.cancel(booking.id)
    asked = notification(page, "An idle Simulated GPU is there for you")
    expect(asked).to_contain_text("documents are saved, kernel memory is lost")
    expect(line.get_by_role("button", name="Restart with the GPU")).to_be_visible()
    expect(running.get_by_role("button", name="Restart with the GPU")).to_be_visible()
    asked.get_by_role("button", name="Not now").click(trial=True)  # it has slid in
    picture(page, f"wait-lab-offer-{scheme}")
    picture(portal, f"wait-portal-offer-{scheme}")
    assert violations(page, PANEL) == []
    assert violations(portal, "section[aria-labelledby=right-now]") == []
    take = asked if scheme == "light" else running
    take.get_by_role("button", name="Restart with the GPU").focus()
    (page if scheme == "light" else portal).keyboard.press("Enter")
    expect(status(page)).to_have_text("GPU (borrowed)", timeout=START)
    expect(asked).to_have_count(0)
    assert platform.held("alice") != []
    portal.context.close()
    page.close()


def test_who_says_not_now_stays_on_cpu_and_may_wait_again(
    browser: Browser, platform: Platform, alice: BrowserContext
) -> None:
    platform.start_server("alice")
    booking = platform.book("bob", 600, gpus=2)
    page = alice.new_page()
    page.goto(f"{platform.url}/user/alice/lab")
    expect(status(page)).to_have_text("CPU", timeout=START)
    panel = open_panel(page)
    panel.get_by_role("button", name="Wait for an idle Simulated GPU").click()
    expect(panel).to_contain_text("Place 1 in line")
    assert violations(page, PANEL) == []
    with platform.client("bob") as bob:
        bob.cancel(booking.id)
    portal = open_portal(browser, platform, "alice")
    running = portal.get_by_role("region", name="Running now")
    expect(running.get_by_role("button", name="Restart with the GPU")).to_be_visible()
    assert violations(portal) == []
    assert violations(page, PANEL) == []
    notification(page, "An idle Simulated GPU").get_by_role("button", name="Not now").click()
    expect(panel.get_by_role("button", name="Wait for an idle Simulated GPU")).to_be_visible()
    expect(running.get_by_role("button", name="Wait for an idle Simulated GPU")).to_be_visible()
    assert platform.held("alice") == []
    portal.context.close()
    page.close()
