"""A real Chromium, signed in to a real platform as a person does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.platform import ROOT, Platform

AXE = ROOT / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
OUTPUT = ROOT / "tests" / "output"
CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE = 120_000
"""Milliseconds that a click or a page may take on a machine that does other things, too."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the system's Chromium with a fresh profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        browser.on("context", lambda window: window.set_default_timeout(_PATIENCE))
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page, user: str, password: str) -> None:
    """Fill in the hub's form, which the page shows."""
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.click("#login_submit")


def open_portal(browser: Browser, platform: Platform, user: str, **context: Any) -> Page:
    """Open the portal as somebody who is not signed in yet; the hub asks for name and password, nothing else."""
    options = {"viewport": {"width": 1600, "height": 1000}, "timezone_id": "Europe/Stockholm", **context}
    page = browser.new_context(**options).new_page()
    page.goto(f"{platform.service_url}/")
    sign_in(page, user, platform.password(user))
    expect(page.get_by_role("group", name="Timeline of GPUs")).to_be_visible(timeout=180_000)
    return page


def go_to(page: Page, name: str) -> None:
    """Go to another page of the portal, through the menu where the window has no room for a row of links."""
    pages = page.get_by_role("navigation", name="Pages")
    menu = pages.get_by_role("button", name="Menu")
    if menu.is_visible():
        menu.click()
    pages.get_by_role("link", name=name).click()


def picture(page: Page, name: str) -> Path:
    """Keep a screenshot for people to look at."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    file = OUTPUT / f"{name}.png"
    page.screenshot(path=file, full_page=True)
    return file


def violations(page: Page, within: str = "html") -> list[str]:
    """Return what axe-core finds wrong for people with disabilities in a part of the page, one line each."""
    # Through the debugger, not a script tag: the page's own security policy stays in force.
    page.evaluate(AXE.read_text())
    found = page.evaluate("within => axe.run(within).then(report => report.violations)", within)
    return [f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}" for v in found]
