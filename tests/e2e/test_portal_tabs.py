"""One stream per browser, however many tabs: a browser has six connections to a host, and Lab needs some of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import chromium, open_portal
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def tabs(browser: Browser, platform: Platform) -> Iterator[list[Page]]:
    """Seven tabs of one browser."""
    first = open_portal(browser, platform, "alice")
    others = [first.context.new_page() for _ in range(6)]
    for page in others:
        page.goto(first.url)
        expect(page.get_by_role("group", name="Timeline of GPUs")).to_be_visible(timeout=20_000)
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
