"""The portal for every eye: light and dark, wide and narrow, empty and full, by screen reader."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import open_portal, picture, violations
from tests.platform import Platform

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
WIDE, NARROW = 1600, 390


@pytest.fixture(scope="module")
def full(platform: Platform) -> Platform:
    """The platform with a day's bookings on it."""
    platform.book("alice", 2 * 3600)
    platform.book("alice", 4 * 3600, delay=26 * 3600, gpus=2)
    platform.book("bob", 9 * 3600, delay=600)
    platform.book("bob", 20 * 3600, delay=31 * 3600)
    return platform


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_bookings_page_has_no_accessibility_violations_and_fits_its_width(
    browser: Browser, full: Platform, scheme: Scheme, width: int
) -> None:
    viewport = {"width": width, "height": 900}
    page = open_portal(browser, full, "alice", viewport=viewport, color_scheme=scheme)
    expect(page.get_by_role("region", name="My bookings").locator("[data-booking]")).to_have_count(2)
    picture(page, f"portal-{scheme}-{width}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Book a GPU").first.click()
    expect(page.locator("[data-verdict]:not([data-verdict=asking])")).to_be_visible()
    picture(page, f"portal-form-{scheme}-{width}")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Table view").click()
    expect(page.get_by_role("table").first).to_be_visible()
    assert violations(page) == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_somebody_without_bookings_is_told_what_to_do(
    browser: Browser, platform: Platform, scheme: Scheme
) -> None:
    page = open_portal(browser, platform, "bob", color_scheme=scheme)
    with platform.client("bob") as client:
        for booking in client.state().bookings:
            client.cancel(booking.id)
    expect(page.get_by_text("You have no booking now.")).to_be_visible()
    picture(page, f"portal-empty-{scheme}")
    assert violations(page) == []
    page.context.close()


def test_simulated_gpus_are_named_so_on_the_timeline_and_in_the_form(
    browser: Browser, platform: Platform
) -> None:
    page = open_portal(browser, platform, "bob")
    expect(page.get_by_role("heading", name="Simulated GPU")).to_be_visible()
    page.get_by_role("button", name="Book a GPU").first.click()
    expect(page.get_by_role("dialog").get_by_role("combobox", name="Product")).to_contain_text("Simulated")
    page.context.close()


def test_the_theme_can_be_chosen_and_is_kept(browser: Browser, platform: Platform) -> None:
    page = open_portal(browser, platform, "bob", color_scheme="light")
    for _ in range(2):
        page.get_by_role("button", name="Theme:").click()
    expect(page.locator("html[data-theme=dark]")).to_be_attached()
    page.reload()
    expect(page.locator("html[data-theme=dark]")).to_be_attached()
    page.context.close()
