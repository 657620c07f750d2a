"""A booking that repeats, in the portal: every date is seen before it is booked, and a part of it is cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import open_portal, picture, violations
from tests.platform import Platform

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(1600, "light"), (390, "dark")])
def test_a_series_is_previewed_booked_and_cancelled(
    browser: Browser, platform: Platform, width: int, scheme: str
) -> None:
    user = "alice" if scheme == "light" else "bob"
    page = open_portal(browser, platform, user, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.get_by_role("button", name="Book a GPU").first.click()
    dialog = page.get_by_role("dialog", name="Book a GPU")
    tomorrow = datetime.now() + timedelta(days=1)  # noqa: DTZ005 - as the page's form has it
    dialog.get_by_label("Start").fill(f"{tomorrow:%Y-%m-%dT13:00}")
    dialog.get_by_role("combobox", name="Repeat").select_option(label="Every week")
    dialog.get_by_label("Until").fill(f"{tomorrow + timedelta(weeks=3):%Y-%m-%d}")
    expect(dialog.get_by_role("status")).to_have_text("4 of 4 dates are free.")
    dates = dialog.get_by_role("list", name="Dates").get_by_role("listitem")
    expect(dates).to_have_count(4)
    expect(dates.first).to_contain_text("13:00")
    dates.nth(1).get_by_role("button", name="Leave out").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("3 of 3 dates are free.")
    picture(page, f"portal-series-{scheme}-{width}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    dialog.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_text("Booked 3 times")).to_be_visible()
    mine = page.get_by_role("region", name="My bookings").get_by_role("listitem")
    expect(mine).to_have_count(3)
    expect(mine.first).to_contain_text("repeats")
    mine.nth(1).get_by_role("button", name="Cancel booking…").click()
    asked = page.get_by_role("dialog", name="Cancel a booking that repeats")
    asked.get_by_label("This and the following ones").check()
    assert violations(page) == []
    asked.get_by_role("button", name="Cancel booking").click()
    expect(mine.get_by_role("button", name="Cancel booking…")).to_have_count(1)
    page.context.close()


def test_a_wish_is_kept_as_a_template_and_booked_by_in_one_step(browser: Browser, platform: Platform) -> None:
    page = open_portal(browser, platform, "alice", viewport={"width": 390, "height": 900})
    page.get_by_role("button", name="Book a GPU").first.click()
    dialog = page.get_by_role("dialog", name="Book a GPU")
    tomorrow = datetime.now() + timedelta(days=1)  # noqa: DTZ005 - as the page's form has it
    dialog.get_by_label("Start").fill(f"{tomorrow:%Y-%m-%dT18:30}")
    dialog.get_by_text("Keep as a template").click()
    dialog.get_by_label("Name of the template").fill("evening")
    dialog.get_by_role("button", name="Keep", exact=True).click()
    expect(dialog.get_by_text("Kept as evening.")).to_be_visible()
    assert violations(page) == []
    dialog.get_by_role("button", name="Close").last.click()
    kept = page.get_by_role("region", name="Templates")
    expect(kept).to_contain_text("1 × Simulated GPU, 1 h, at 18:30")
    picture(page, "portal-templates-390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    kept.get_by_role("button", name="Book by evening").click()
    mine = page.get_by_role("region", name="My bookings").get_by_role("listitem")
    expect(mine.filter(has_text="18:30")).to_have_count(1)
    kept.get_by_role("button", name="Remove evening").click()
    expect(kept).to_have_count(0)
    page.context.close()
