"""One stream per browser, however many tabs: a browser has six connections to a host, and Lab needs some of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import httpx
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.e2e.browser import open_portal
from tests.e2e.lab import START
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser


WITHOUT_LOCKS = "delete Navigator.prototype.locks"
"""What a browser lacks on plain http, unless the host is its own machine."""


@pytest.fixture(params=["locks", "no locks"])
def tabs(browser: Browser, platform: Platform, request: pytest.FixtureRequest) -> Iterator[list[Page]]:
    """Seven tabs of one browser."""
    first = open_portal(browser, platform, "alice")
    if request.param == "no locks":
        first.context.add_init_script(WITHOUT_LOCKS)
        first.reload()
    assert first.evaluate("'locks' in navigator") is (request.param == "locks")
    others = [first.context.new_page() for _ in range(6)]
    for page in others:
        page.goto(first.url)
        expect(page.get_by_role("group", name="Timeline of GPUs")).to_be_visible(timeout=START)
    yield [first, *others]
    first.context.close()


def streams(platform: Platform) -> int:
    """Return how many event streams the service serves now."""
    text = httpx.get(f"{platform.service_url}/metrics", trust_env=False).text
    found = re.search(r"^maia_\w*streams\w* ([\d.]+)$", text, re.MULTILINE)
    assert found is not None, text
    return int(float(found[1]))


def clear(platform: Platform) -> None:
    with platform.client("bob") as client:
        for booking in client.state().bookings:
            client.cancel(booking.id)


def test_seven_tabs_share_one_stream_and_all_of_them_are_live(tabs: list[Page], platform: Platform) -> None:
    eventually(lambda: streams(platform) == 1, "one stream")
    platform.book("bob", 7200, delay=3600)
    for page in tabs:
        expect(page.locator(".maia-Block")).to_have_count(1)
    clear(platform)


def test_when_the_tab_with_the_stream_is_closed_another_takes_it_over(
    tabs: list[Page], platform: Platform
) -> None:
    tabs[0].close()
    platform.book("bob", 7200, delay=3600)
    for page in tabs[1:]:
        expect(page.locator(".maia-Block")).to_have_count(1)
    eventually(lambda: streams(platform) == 1, "one stream")
    clear(platform)


def is_new(page: Page) -> bool:
    """Has the page been loaded since it was marked as old?"""
    try:
        return bool(page.evaluate("window.old === undefined"))
    except Error:
        return False  # asked while one page went and the other came


def test_tabs_that_are_loaded_all_at_once_agree_on_one_stream(tabs: list[Page], platform: Platform) -> None:
    for page in tabs:
        page.evaluate("window.old = true; setTimeout(() => location.reload(), 500)")
    for page in tabs:
        eventually(partial(is_new, page), "the page to be loaded anew")
        expect(page.get_by_role("group", name="Timeline of GPUs")).to_be_visible(timeout=START)
    platform.book("bob", 7200, delay=3600)
    for page in tabs:
        expect(page.locator(".maia-Block")).to_have_count(1)
    eventually(lambda: streams(platform) == 1, "one stream")
    clear(platform)
    for page in tabs:
        expect(page.locator(".maia-Block")).to_have_count(0)


def test_signing_in_in_any_tab_makes_all_of_them_live_again(tabs: list[Page], platform: Platform) -> None:
    tabs[0].context.clear_cookies(path=re.compile("/services/"))
    platform.kill("service")
    for page in tabs:
        expect(page.get_by_text("You are signed out.")).to_be_visible(timeout=START)
    tabs[3].get_by_role("button", name="Sign in").click()
    for page in tabs:
        expect(page.get_by_text("You are signed out.")).to_be_hidden(timeout=START)
    platform.book("bob", 7200, delay=3600)
    for page in tabs:
        expect(page.locator(".maia-Block")).to_have_count(1)
    clear(platform)
