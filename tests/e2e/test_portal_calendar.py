"""The calendar in a real browser: bookings changed where they are drawn, months, colours, free GPUs, time zones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from maia_hub.client.models import BookingModel, BookingRequest
from tests.e2e.browser import open_portal, picture, violations
from tests.platform import Platform

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("no_bookings")]

HERE = ZoneInfo("Europe/Stockholm")
HOUR = timedelta(hours=1)


@pytest.fixture
def alice(browser: Browser, platform: Platform) -> Iterator[Page]:
    page = open_portal(browser, platform, "alice")
    yield page
    page.context.close()


def booked(platform: Platform, hour: int, hours: int, user: str = "alice", days: int = 1) -> BookingModel:
    """Book from an hour of another day in the browser's zone on."""
    with platform.client(user) as client:
        state = client.state()
        day = state.now.astimezone(HERE) + timedelta(days=days)
        start = day.replace(hour=hour, minute=0, second=0, microsecond=0)
        pool = state.pools[0].id
        return client.book(BookingRequest(pool=pool, gpus=1, start=start, end=start + hours * HOUR))


def times(platform: Platform) -> tuple[datetime, datetime]:
    """Return start and end of alice's one booking."""
    with platform.client("alice") as client:
        (booking,) = client.state().bookings
    return booking.start, booking.end


def block(page: Page) -> Locator:
    return page.locator(".maia-Block.maia-mod-mine")


def drag(page: Page, what: Locator, at: float, hours: float) -> None:
    """Drag a booking by a part of its width, for as many hours as three days' width says."""
    hold(page, what, at, hours)
    page.mouse.up()


def hold(page: Page, what: Locator, at: float, hours: float) -> None:
    """Drag a booking and do not let go."""
    expect(what).to_be_visible()
    box, lanes = what.bounding_box(), page.locator(".maia-Node-lanes").first.bounding_box()
    assert box is not None
    assert lanes is not None
    x, y = box["x"] + box["width"] * at, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + lanes["width"] * hours / 72, y, steps=6)


def changed(page: Page) -> Locator:
    return page.locator(".portal-Toast").filter(has_text="Changed")


def test_a_booking_that_is_dragged_moves_at_once_and_undo_brings_it_back(
    alice: Page, platform: Platform
) -> None:
    before = booked(platform, 9, 3)
    drag(alice, block(alice), 0.5, 4)
    expect(changed(alice)).to_contain_text("tomorrow 13:00 – 16:00")
    assert times(platform) == (before.start + 4 * HOUR, before.end + 4 * HOUR)
    expect(block(alice)).to_have_attribute("title", re.compile("13:00 – 16:00"))
    alice.get_by_role("button", name="Undo").click()
    expect(alice.get_by_text("Back to tomorrow 09:00 – 12:00")).to_be_visible()
    assert times(platform) == (before.start, before.end)


def test_the_edges_of_a_booking_are_dragged_to_another_start_and_end(alice: Page, platform: Platform) -> None:
    before = booked(platform, 9, 4)
    drag(alice, block(alice), 0.99, 2)
    expect(changed(alice)).to_contain_text("tomorrow 09:00 – 15:00")
    expect(block(alice)).to_have_attribute("title", re.compile("09:00 – 15:00"))
    # As well where all of one's own bookings stand together.
    drag(alice, alice.locator(".maia-OwnBlock"), 0.01, -1)
    expect(changed(alice)).to_contain_text("tomorrow 08:00 – 15:00")
    assert times(platform) == (before.start - HOUR, before.end + 2 * HOUR)


def test_a_drag_that_a_rule_refuses_changes_nothing_and_says_which_and_what_would_do(
    alice: Page, platform: Platform
) -> None:
    booked(platform, 9, 2)
    booked(platform, 14, 2)
    expect(block(alice)).to_have_count(2)
    drag(alice, block(alice).first, 0.5, 4)
    dialog = alice.get_by_role("dialog")
    expect(dialog.locator("[data-rule=overlap]")).to_be_visible()
    picture(alice, "portal-drag-refused")
    dialog.get_by_role("button", name="Close", exact=True).last.click()
    expect(block(alice).first).to_have_attribute("title", re.compile("09:00 – 11:00"))


def test_the_keyboard_moves_a_booking_and_its_end_or_leaves_it(alice: Page, platform: Platform) -> None:
    before = booked(platform, 9, 2)
    block(alice).focus()
    alice.keyboard.press("m")
    for _ in range(2):
        alice.keyboard.press("ArrowRight")
    expect(alice.get_by_role("group", name="Timeline").get_by_role("status")).to_contain_text("10:00 – 12:00")
    alice.keyboard.press("Enter")
    expect(changed(alice)).to_contain_text("tomorrow 10:00 – 12:00")
    expect(block(alice)).to_have_attribute("title", re.compile("10:00 – 12:00"))
    expect(block(alice)).to_be_focused()
    alice.keyboard.press("e")
    alice.keyboard.press("ArrowRight")
    alice.keyboard.press("Enter")
    expect(changed(alice)).to_contain_text("tomorrow 10:00 – 12:30")
    expect(block(alice)).to_have_attribute("title", re.compile("10:00 – 12:30"))
    alice.keyboard.press("s")
    alice.keyboard.press("ArrowLeft")
    alice.keyboard.press("Escape")
    expect(block(alice)).to_have_attribute("title", re.compile("10:00 – 12:30"))
    assert times(platform) == (before.start + HOUR, before.end + HOUR / 2 + HOUR)


def test_a_booking_that_is_let_go_without_enter_stays_as_it_was(alice: Page, platform: Platform) -> None:
    before = booked(platform, 9, 2)
    block(alice).focus()
    alice.keyboard.press("m")
    alice.keyboard.press("ArrowRight")
    expect(block(alice)).to_have_attribute("title", re.compile("09:30 – 11:30"))
    alice.keyboard.press("Tab")
    expect(block(alice)).to_have_attribute("title", re.compile("09:00 – 11:00"))
    block(alice).focus()
    alice.keyboard.press("e")
    alice.keyboard.press("ArrowRight")
    alice.keyboard.press("Enter")
    expect(changed(alice)).to_contain_text("tomorrow 09:00 – 11:30")
    assert times(platform) == (before.start, before.end + HOUR / 2)


def test_a_drag_that_the_browser_takes_away_changes_nothing(alice: Page, platform: Platform) -> None:
    before = booked(platform, 9, 3)
    hold(alice, block(alice), 0.5, 4)
    expect(block(alice)).to_have_attribute("title", re.compile("13:00 – 16:00"))
    block(alice).dispatch_event("pointercancel")
    expect(block(alice)).to_have_attribute("title", re.compile("09:00 – 12:00"))
    alice.mouse.up()
    drag(alice, block(alice), 0.5, 1)
    expect(changed(alice)).to_contain_text("tomorrow 10:00 – 13:00")
    assert times(platform) == (before.start + HOUR, before.end + HOUR)


def test_a_month_shows_a_booking_weeks_ahead_and_books_by_a_drag(alice: Page, platform: Platform) -> None:
    booked(platform, 9, 8, user="bob", days=6)
    expect(alice.locator(".maia-Block")).to_have_count(0)
    alice.get_by_role("button", name="Month").click()
    expect(alice.locator(".maia-Block")).to_have_count(1)
    lane = alice.locator(".maia-Node-lanes").first.bounding_box()
    assert lane is not None
    alice.mouse.move(lane["x"] + lane["width"] * 0.5, lane["y"] + 17)
    alice.mouse.down()
    alice.mouse.move(lane["x"] + lane["width"] * 0.55, lane["y"] + 17, steps=4)
    alice.mouse.up()
    expect(alice.get_by_role("dialog").get_by_label("Start")).not_to_have_value("")
    alice.keyboard.press("Escape")
    picture(alice, "portal-month")
    assert violations(alice) == []
    alice.get_by_role("button", name="Later").click()
    expect(alice.locator(".maia-Block")).to_have_count(0)


def test_the_legend_takes_a_projects_colour_away_and_gives_it_back(alice: Page, platform: Platform) -> None:
    booked(platform, 9, 8, user="bob")
    shown = alice.locator(".maia-Block")
    project = alice.get_by_role("group", name="Projects in colour").get_by_role("button", name="no project")
    expect(project).to_have_attribute("aria-pressed", "true")
    project.click()
    expect(project).to_have_attribute("aria-pressed", "false")
    # What is taken is still seen to be taken.
    expect(shown).to_have_class(re.compile("maia-mod-quiet"))
    project.click()
    expect(shown).not_to_have_class(re.compile("maia-mod-quiet"))


def test_how_one_looks_at_the_calendar_is_kept_over_reloads_visits_and_the_way_back(alice: Page) -> None:
    zoom = alice.get_by_role("group", name="Zoom")
    days = alice.locator(".maia-Controls-range")
    today = days.inner_text()
    zoom.get_by_role("button", name="Week").click()
    alice.get_by_role("button", name="Later").click()
    shown = days.inner_text()
    alice.get_by_role("button", name="Table view").click()
    alice.reload()
    expect(alice.get_by_role("table").first).to_be_visible()
    expect(days).to_have_text(shown)
    alice.go_back()
    expect(alice.get_by_role("group", name="Timeline")).to_be_visible()
    expect(days).to_have_text(shown)
    alice.go_back()
    expect(zoom.get_by_role("button", name="Week")).to_have_attribute("aria-pressed", "true")
    expect(days).not_to_have_text(shown)
    # Another visit begins today, seen as it was chosen last.
    alice.goto(alice.url.split("#")[0])
    alice.reload()
    expect(alice.get_by_role("table").first).to_be_visible()
    expect(zoom.get_by_role("button", name="Week")).to_have_attribute("aria-pressed", "true")
    expect(days).to_contain_text(today.split(" – ")[0])


def test_a_line_shows_now_and_ones_own_bookings_stand_above_all_machines(
    alice: Page, platform: Platform
) -> None:
    booked(platform, 9, 2)
    rows = alice.locator(".maia-Timeline-rows .maia-Node")
    expect(rows.first.locator(".maia-OwnBlock")).to_have_accessible_name(
        re.compile("Your booking.*09:00 – 11:00")
    )
    expect(rows.nth(1).locator(".maia-Block.maia-mod-mine")).to_have_count(1)
    line, lanes = (
        alice.locator(".maia-NowLine").bounding_box(),
        rows.first.locator(".maia-Node-lanes").bounding_box(),
    )
    assert line is not None
    assert lanes is not None
    now = datetime.now(HERE)
    part = (now - now.replace(hour=0, minute=0)) / timedelta(days=3)
    assert (line["x"] - lanes["x"]) / lanes["width"] == pytest.approx(part, abs=0.01)


def test_a_band_says_how_many_gpus_are_free(alice: Page, platform: Platform) -> None:
    band = alice.get_by_role("img", name="Free of 2 GPUs")
    expect(band).to_have_accessible_name(re.compile("fewest 2"))
    booked(platform, 9, 8, user="bob")
    expect(band).to_have_accessible_name(re.compile("fewest 1 from tomorrow 09:00"))


def test_times_are_shown_and_typed_in_the_sites_zone_if_that_is_wanted(
    alice: Page, platform: Platform
) -> None:
    before = booked(platform, 12, 2)
    expect(block(alice)).to_have_attribute("title", re.compile("12:00 – 14:00"))
    alice.get_by_label("Times in").select_option("UTC")
    there = f"{before.start:%H:%M} – {before.end:%H:%M}"
    expect(block(alice)).to_have_attribute("title", re.compile(there))
    alice.reload()
    expect(block(alice)).to_have_attribute("title", re.compile(there))
    alice.get_by_role("button", name="Change…").click()
    dialog = alice.get_by_role("dialog")
    expect(dialog.get_by_label("Start")).to_have_value(re.compile(f"{before.start:%dT%H:%M}"))
    expect(dialog.get_by_text("Times in UTC")).to_be_visible()
    dialog.get_by_label("End").fill(f"{before.end + HOUR:%Y-%m-%dT%H:%M}")
    dialog.get_by_role("button", name="Save changes").click()
    expect(dialog).to_be_hidden()
    assert times(platform) == (before.start, before.end + HOUR)
