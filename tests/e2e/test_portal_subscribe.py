"""Subscribing in the portal: an address is made, copied, read by a program, renewed, revoked."""

from __future__ import annotations

import re

import httpx
import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, expect

from tests.e2e.browser import open_portal, picture, violations
from tests.platform import Platform

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1600, 390])
def test_an_address_is_made_copied_renewed_and_revoked(
    browser: Browser, platform: Platform, width: int
) -> None:
    platform.book("alice", 3600, delay=7200 if width > 1000 else 24 * 3600)
    page = open_portal(browser, platform, "alice", viewport={"width": width, "height": 900})
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Subscribe", exact=True).click()
    dialog = page.get_by_role("dialog", name="Subscribe in your calendar")
    dialog.get_by_role("button", name="Subscribe: My bookings").click()
    field = dialog.get_by_role("textbox", name="Address: My bookings")
    first = field.input_value()
    assert re.fullmatch(rf"{platform.url}/services/maia/calendars/[0-9a-f-]+\.ics\?key=\S{{40,}}", first)
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("status")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == first
    assert len(Calendar.from_ical(httpx.get(first).content).events) >= 1
    picture(page, f"portal-subscribe-{width}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    dialog.get_by_role("button", name="New address: My bookings").click()
    expect(field).not_to_have_value(first)
    assert (httpx.get(first).status_code, httpx.get(field.input_value()).status_code) == (404, 200)
    second = field.input_value()
    dialog.get_by_role("button", name="Revoke: My bookings").click()
    expect(dialog.get_by_role("button", name="Subscribe: My bookings")).to_be_visible()
    assert httpx.get(second).status_code == 404
    page.context.close()
