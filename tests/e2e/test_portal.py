"""The portal in a real browser: book by pointer and by keyboard, be refused, change one's mind, be told."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.browser import open_portal, picture
from tests.e2e.lab import START
from tests.platform import Platform

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("no_bookings")]


@pytest.fixture
def alice(browser: Browser, platform: Platform) -> Iterator[Page]:
    page = open_portal(browser, platform, "alice")
    yield page
    page.context.close()


def my_bookings(page: Page) -> Locator:
    return page.get_by_role("region", name="My bookings").locator("[data-booking]")


def form(page: Page) -> Locator:
    return page.get_by_role("dialog")


def tomorrow(page: Page, hour: int) -> str:
    """Return the value of a time field: tomorrow in the browser's zone."""
    script = (
        "hour => { const d = new Date(); d.setDate(d.getDate() + 1); d.setHours(hour, 0, 0, 0);"
        " return new Date(d - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16); }"
    )
    return str(page.evaluate(script, hour))


def fill_tomorrow(page: Page, start: int, end: int) -> None:
    form(page).get_by_label("Start").fill(tomorrow(page, start))
    form(page).get_by_label("End").fill(tomorrow(page, end))


def book_tomorrow(page: Page, start: int, end: int) -> None:
    page.get_by_role("button", name="Book a GPU").first.click()
    fill_tomorrow(page, start, end)
    form(page).get_by_role("button", name="Book", exact=True).click()
    expect(form(page)).to_be_hidden()


def test_a_click_on_a_free_spot_opens_the_form_with_that_time_and_books_it(alice: Page) -> None:
    lane = alice.locator(".maia-Node-lanes").first
    box = lane.bounding_box()
    assert box is not None
    # The middle of three days is tomorrow at noon.
    lane.click(position={"x": box["width"] / 2 + 2, "y": 17})
    expect(form(alice).get_by_label("Start")).to_have_value(tomorrow(alice, 12))
    expect(form(alice).get_by_label("End")).to_have_value(tomorrow(alice, 13))
    expect(form(alice).get_by_text("Free.")).to_be_visible()
    form(alice).get_by_role("button", name="Book", exact=True).click()
    expect(my_bookings(alice)).to_contain_text("tomorrow 12:00 – 13:00")
    expect(alice.locator(".maia-Block.maia-mod-mine")).to_be_visible()


def test_who_clicks_before_the_page_knows_what_there_is_to_book_is_asked_when_it_does(alice: Page) -> None:
    alice.route("**/events*", lambda route: route.abort())
    alice.reload()
    alice.locator(".maia-Pool .maia-Gap").first.press("Enter")
    expect(form(alice)).to_have_count(0)
    alice.unroute("**/events*")
    expect(form(alice).get_by_label("Product")).to_be_visible()


def test_a_drag_over_two_lanes_asks_for_two_gpus(alice: Page) -> None:
    box = alice.locator(".maia-Node-lanes").first.bounding_box()
    assert box is not None
    alice.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + 17)
    alice.mouse.down()
    alice.mouse.move(box["x"] + box["width"] * 7 / 12 - 3, box["y"] + 50, steps=5)
    alice.mouse.up()
    expect(form(alice).get_by_label("GPUs")).to_have_value("2")
    expect(form(alice).get_by_label("Start")).to_have_value(tomorrow(alice, 12))
    expect(form(alice).get_by_label("End")).to_have_value(tomorrow(alice, 18))


def test_the_keyboard_alone_walks_to_a_free_gpu_and_books_it(alice: Page) -> None:
    alice.locator(".maia-Gap[tabindex='0']").focus()
    alice.keyboard.press("ArrowDown")
    focused = alice.locator(":focus")
    expect(focused).to_have_attribute("aria-label", re.compile("GPU 1,"))
    alice.keyboard.press("Enter")
    note = form(alice).get_by_label("Note")
    note.focus()
    alice.keyboard.type("by keyboard")
    alice.keyboard.press("Enter")
    expect(my_bookings(alice)).to_contain_text("by keyboard")
    expect(my_bookings(alice)).to_contain_text("1 h")


def test_a_refusal_names_the_rule_and_its_earliest_start_is_one_click_away(alice: Page) -> None:
    book_tomorrow(alice, 9, 11)
    alice.get_by_role("button", name="Book a GPU").first.click()
    form(alice).get_by_label("Note").fill("the second one")
    fill_tomorrow(alice, 10, 12)
    refusal = form(alice).locator("[data-rule=overlap]")
    expect(refusal).to_contain_text("Given:")
    # Sending it all the same loses nothing of what was typed.
    form(alice).get_by_role("button", name="Book", exact=True).click()
    expect(form(alice).get_by_label("Note")).to_have_value("the second one")
    picture(alice, "portal-refused")
    refusal.get_by_role("button", name="Use earliest: tomorrow 11:00").click()
    expect(form(alice).get_by_text("Free.")).to_be_visible()
    form(alice).get_by_role("button", name="Book", exact=True).click()
    expect(my_bookings(alice)).to_have_count(2)
    expect(my_bookings(alice).last).to_contain_text("tomorrow 11:00 – 13:00")


def test_an_end_before_the_start_is_explained_and_not_sent_away(alice: Page) -> None:
    alice.get_by_role("button", name="Book a GPU").first.click()
    form(alice).get_by_label("Start").fill(tomorrow(alice, 12))
    form(alice).get_by_label("End").fill(tomorrow(alice, 11))
    expect(form(alice).locator("[data-verdict=error]")).to_be_visible()
    form(alice).get_by_role("button", name="Book", exact=True).click()
    expect(form(alice).get_by_role("alert")).to_be_visible()
    expect(my_bookings(alice)).to_have_count(0)


def test_a_cancelled_booking_is_booked_again_by_undo(alice: Page) -> None:
    book_tomorrow(alice, 9, 11)
    my_bookings(alice).get_by_role("button", name="Cancel booking").click()
    expect(my_bookings(alice)).to_have_count(0)
    alice.get_by_role("button", name="Undo: book it again").click()
    expect(my_bookings(alice)).to_contain_text("tomorrow 09:00 – 11:00")


def test_undo_says_so_when_somebody_else_took_the_time(alice: Page, platform: Platform) -> None:
    book_tomorrow(alice, 9, 11)
    expect(my_bookings(alice)).to_have_count(1)
    with platform.client("alice") as client:
        taken = client.state().bookings[0]
    my_bookings(alice).get_by_role("button", name="Cancel booking").click()
    expect(my_bookings(alice)).to_have_count(0)
    seconds = (taken.end - taken.start).total_seconds()
    with platform.client("bob") as client:
        delay = (taken.start - client.state().now).total_seconds()
    platform.book("bob", seconds, delay=delay, gpus=2)
    alice.get_by_role("button", name="Undo: book it again").click()
    expect(alice.get_by_text("Could not be booked again")).to_be_visible()


def test_a_running_booking_counts_down_and_is_extended_by_a_click(alice: Page, platform: Platform) -> None:
    booking = platform.book("alice", 3600)
    card = my_bookings(alice)
    expect(card.get_by_role("timer")).to_have_text(re.compile(r"(59|60):\d\d|1:00:00"))
    expect(card.get_by_role("link", name="Start JupyterLab with it")).to_be_visible()
    card.get_by_role("button", name="Extend by 30 min").click()
    expect(card.get_by_role("timer")).to_have_text(re.compile(r"1:[23]\d:\d\d"))
    with platform.client("alice") as client:
        added = client.state().bookings[0].end - booking.end
    # A browser counts in milliseconds.
    assert added.total_seconds() == pytest.approx(1800, abs=0.001)


def test_a_booking_is_moved_in_the_dialog(alice: Page) -> None:
    book_tomorrow(alice, 9, 11)
    my_bookings(alice).get_by_role("button", name="Change…").click()
    fill_tomorrow(alice, 15, 16)
    form(alice).get_by_role("button", name="Save changes").click()
    expect(my_bookings(alice)).to_contain_text("tomorrow 15:00 – 16:00")


def test_somebody_elses_booking_appears_without_a_reload(alice: Page, platform: Platform) -> None:
    expect(alice.locator(".maia-Block")).to_have_count(0)
    platform.book("bob", 7200, delay=3600)
    block = alice.locator(".maia-Block")
    expect(block).to_contain_text("bob")
    block.click()
    expect(form(alice)).to_contain_text("Booked by bob")


def test_the_page_says_that_the_service_is_gone_and_comes_back_by_itself(
    alice: Page, platform: Platform
) -> None:
    alice.route(re.compile("/api/v1/"), lambda route: route.abort())
    platform.kill("service")
    expect(alice.get_by_text("No connection to the service since")).to_be_visible(timeout=START)
    alice.get_by_role("button", name="Month").click()
    failure = alice.get_by_role("alert").filter(has_text="The service does not answer.")
    expect(failure).to_be_visible()
    alice.unroute(re.compile("/api/v1/"))
    expect(alice.get_by_text("No connection to the service since")).to_be_hidden(timeout=START)
    expect(failure).to_have_count(0)
    book_tomorrow(alice, 9, 11)
    expect(my_bookings(alice)).to_have_count(1)


def test_a_question_that_nobody_answers_does_not_keep_the_page_waiting(
    browser: Browser, platform: Platform
) -> None:
    page = open_portal(browser, platform, "alice")
    page.clock.install()
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        # Neither answered nor refused: a connection that died without a word.
        held.append(route) if not held else route.continue_()

    page.route("**/api/v1/me", hold_the_first)
    platform.kill("service")
    expect(page.get_by_text("No connection to the service since")).to_be_visible(timeout=START)
    while not held:
        page.wait_for_timeout(100)
    page.clock.fast_forward("01:00")
    expect(page.get_by_text("No connection to the service since")).to_be_hidden(timeout=START)
    page.context.close()


def test_an_ordinary_user_is_shown_no_administration(alice: Page) -> None:
    alice.goto(alice.url + "#/admin")
    expect(alice.get_by_role("heading", name="GPUs", exact=True)).to_be_visible()
    expect(alice.get_by_role("link", name="Administration")).to_have_count(0)


def test_of_two_tabs_the_second_is_told_what_the_first_changed_and_loses_nothing(
    alice: Page, platform: Platform
) -> None:
    book_tomorrow(alice, 9, 10)
    second = alice.context.new_page()
    second.goto(alice.url)
    for page in (alice, second):
        my_bookings(page).get_by_role("button", name="Change…").click()
    form(second).get_by_label("Note").fill("typed in the second tab")
    form(second).get_by_label("End").fill(tomorrow(second, 12))
    form(alice).get_by_label("End").fill(tomorrow(alice, 11))
    form(alice).get_by_role("button", name="Save changes").click()
    expect(form(alice)).to_be_hidden()
    form(second).get_by_role("button", name="Save changes").click()
    told = form(second).get_by_role("alert")
    expect(told).to_contain_text("changed meanwhile")
    expect(told).to_contain_text("11:00")
    picture(second, "portal-conflict")
    expect(form(second).get_by_label("Note")).to_have_value("typed in the second tab")
    expect(form(second).get_by_label("End")).to_have_value(tomorrow(second, 12))
    form(second).get_by_role("button", name="Save changes").click()
    expect(form(second)).to_be_hidden()
    with platform.client("alice") as client:
        (booking,) = client.state().bookings
    assert booking.note == "typed in the second tab"
    assert (booking.end - booking.start).total_seconds() == 3 * 3600
