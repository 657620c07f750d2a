"""The portal's navigation: a row of links where there is room, a menu where there is none, by keyboard, too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import go_to, open_portal, picture, violations
from tests.platform import Platform

pytestmark = pytest.mark.browser

MORE = ["Audit search", "Templates", "Maintenance", "Clusters", "Collections"]
"""Pages that the portal may have one day."""


def add_links(page: Page) -> None:
    """Put more links into the navigation than there are, and let the page notice that it has another width."""
    page.evaluate(
        "more => { const list = document.querySelector('.portal-Nav-list'); for (const text of more) {"
        " const a = document.createElement('a'); a.href = '#/notices'; a.textContent = text; list.append(a); } }",
        MORE,
    )
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": size["width"] - 1, "height": size["height"]})


def test_links_that_fit_are_a_row_and_more_than_fit_become_a_menu(
    browser: Browser, platform: Platform
) -> None:
    page = open_portal(browser, platform, "admin", viewport={"width": 1200, "height": 800})
    menu = page.get_by_role("button", name="Menu")
    expect(menu).to_be_hidden()
    expect(page.get_by_role("link", name="Administration")).to_be_visible()
    add_links(page)
    expect(menu).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1200
    page.set_viewport_size({"width": 1900, "height": 800})
    expect(menu).to_be_hidden()
    expect(page.get_by_role("link", name="Maintenance")).to_be_visible()
    page.context.close()


def test_on_a_phone_the_menu_opens_closes_and_leads_on_by_keyboard(
    browser: Browser, platform: Platform
) -> None:
    page = open_portal(browser, platform, "admin", viewport={"width": 390, "height": 800})
    add_links(page)
    menu = page.get_by_role("button", name="Menu")
    expect(menu).to_have_attribute("aria-expanded", "false")
    menu.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("link", name="Sign out")).to_have_count(1)
    picture(page, "portal-menu-390")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="GPUs")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(page.get_by_role("link", name="Notices")).to_be_hidden()
    go_to(page, "Administration")
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()
    expect(menu).to_have_attribute("aria-expanded", "false")
    page.context.close()


def test_a_page_that_asked_too_often_waits_and_goes_on_by_itself(
    browser: Browser, platform: Platform
) -> None:
    page = open_portal(browser, platform, "bob")
    page.evaluate(
        "async () => { const ask = () => Array.from({length: 60}, () => fetch('api/v1/me').then(r => r.status));"
        " while (!(await Promise.all(ask())).includes(429)); ask(); location.hash = '#/reports'; }"
    )
    expect(page.get_by_role("link", name="Download as CSV")).to_be_visible()
    page.context.close()
