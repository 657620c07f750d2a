"""Booking in JupyterLab as in the portal: the coming days, a calendar in a tab, series, templates, handing over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.browser import picture, violations
from tests.e2e.lab import PANEL, START, execute, notification, open_lab, open_panel
from tests.platform import Platform

pytestmark = pytest.mark.browser

CALENDAR = "#maia-gpu-calendar"


@pytest.fixture
def lab(context: BrowserContext, platform: Platform, no_bookings: None) -> Iterator[Page]:
    page = open_lab(context, platform, "alice")
    yield page
    page.close()


def mine(panel: Locator) -> Locator:
    return panel.get_by_role("region", name="My bookings").get_by_role("listitem")


def form(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Book a GPU")


def handed_to_bob(page: Page, booking: Locator) -> None:
    booking.get_by_role("button").click()
    page.get_by_role("dialog", name="Your booking").get_by_role("button", name="Hand over…").click()
    asked = page.get_by_role("dialog", name="Hand this booking over?")
    colleague = asked.get_by_role("textbox", name="Colleague")
    colleague.fill("nobody")
    colleague.press("Enter")
    expect(asked.get_by_role("alert")).to_contain_text("Nobody called “nobody”")
    assert violations(page, "dialog") == []
    colleague.fill("bob")
    colleague.press("Enter")
    expect(notification(page, "bob has it now")).to_be_visible()


def test_the_panel_shows_the_coming_days_books_a_series_and_hands_one_over(
    lab: Page, platform: Platform
) -> None:
    platform.start_server("bob")  # whom nobody has seen cannot be handed anything
    panel = open_panel(lab)
    days = panel.get_by_role("region", name="Coming days").get_by_role("button")
    expect(days).to_have_count(7)
    box = days.nth(1).locator(".maia-Day-track").bounding_box()
    assert box is not None
    lab.mouse.click(box["x"] + box["width"] * 13.5 / 24, box["y"] + box["height"] / 2)
    tomorrow = datetime.now() + timedelta(days=1)  # noqa: DTZ005 - as the page's form has it
    expect(form(lab).get_by_label("Start")).to_have_value(f"{tomorrow:%Y-%m-%dT13:00}")
    form(lab).get_by_role("combobox", name="Repeat").select_option(label="Every week")
    form(lab).get_by_label("Until").fill(f"{tomorrow + timedelta(weeks=2):%Y-%m-%d}")
    expect(form(lab).get_by_role("status")).to_have_text("3 of 3 dates are free.")
    form(lab).get_by_text("Keep as a template").click()
    form(lab).get_by_label("Name of the template").fill("noon")
    form(lab).get_by_role("button", name="Keep", exact=True).click()
    picture(lab, "lab-series")
    assert violations(lab, "dialog") == []
    form(lab).get_by_role("button", name="Book", exact=True).click()
    expect(notification(lab, "Booked 3 times")).to_be_visible()
    expect(mine(panel)).to_have_count(3)
    expect(days.nth(1)).to_have_attribute(
        "title", f"{tomorrow:%a %-d %b}: 1–2 of 2 GPUs free, yours: 13:00 – 14:00. Book"
    )
    handed_to_bob(lab, mine(panel).first)
    expect(mine(panel)).to_have_count(2)
    mine(panel).first.get_by_role("button").click()
    lab.get_by_role("button", name="Cancel booking…").click()
    lab.get_by_label("All that is left of the series").check()
    lab.get_by_role("dialog").get_by_role("button", name="Cancel booking", exact=True).click()
    expect(mine(panel)).to_have_count(0)
    kept = panel.get_by_role("region", name="Templates")
    kept.get_by_role("button", name="Book by noon").click()
    expect(mine(panel)).to_have_count(1)
    picture(lab, "lab-panel")
    assert violations(lab, PANEL) == []


def test_the_calendar_opens_in_a_tab_books_there_and_is_there_again_after_a_reload(
    lab: Page, platform: Platform
) -> None:
    platform.book("bob", 3600, delay=24 * 3600)
    panel = open_panel(lab)
    panel.get_by_role("button", name="Open the calendar").click()
    tab = lab.locator(CALENDAR)
    expect(tab.locator(".maia-Block")).to_have_count(1)
    tab.get_by_role("button", name="Week").click()
    tab.locator(".maia-Gap").first.focus()
    lab.keyboard.press("Enter")
    expect(form(lab)).to_be_visible()
    form(lab).get_by_role("button", name="Book", exact=True).click()
    expect(tab.locator(".maia-Block.maia-mod-mine")).to_have_count(1)
    picture(lab, "lab-calendar")
    assert violations(lab, CALENDAR) == []
    execute(lab, "apputils:change-theme", {"theme": "JupyterLab Dark"})
    expect(lab.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    picture(lab, "lab-calendar-dark")
    assert violations(lab, CALENDAR) == []
    lab.reload()
    expect(tab.locator(".maia-Block.maia-mod-mine")).to_have_count(1, timeout=START)
    expect(tab.get_by_role("button", name="Week")).to_have_attribute("aria-pressed", "true")
    execute(lab, "apputils:change-theme", {"theme": "JupyterLab Light"})
