"""Waiting for a time that is taken, in the portal: wait, see the place, be asked, take it; all by the keyboard."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from maia_hub.client.models import BookingModel, WaitlistRequest
from maia_hub.embedded.folder import Folder
from tests.e2e.browser import open_portal, picture, violations
from tests.e2e.lab import PANEL, START, expose_app, notification, open_panel, signed_in, status
from tests.platform import Platform

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]


@pytest.fixture
def taken(platform: Platform) -> Iterator[BookingModel]:
    """Both GPUs booked for the next hours."""
    yield platform.book("bob", 4 * 3600, gpus=2)
    for user in ("alice", "bob", "admin"):
        with platform.client(user) as client:
            for entry in client.waitlist():
                client.withdraw_wish(entry.id)
            for booking in client.state().bookings:
                client.cancel(booking.id)


def mine(page: Page) -> Locator:
    return page.get_by_role("region", name="My bookings")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_who_waits_for_a_taken_time_is_asked_when_it_is_free(
    browser: Browser, platform: Platform, taken: BookingModel, scheme: Scheme, width: int
) -> None:
    page = open_portal(
        browser, platform, "alice", color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    page.get_by_role("button", name="Book a GPU").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Taken at that time.")
    expect(dialog.get_by_role("button", name="Use next free")).to_be_visible()
    dialog.get_by_label("It may begin").select_option(label="up to 2 h later")
    picture(page, f"waitlist-form-{scheme}")
    assert violations(page) == []
    dialog.get_by_role("button", name="Wait for this time").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    entry = mine(page).get_by_role("group", name="Waiting for a time that is taken")
    expect(entry).to_contain_text("Place 1, nobody knows whether it comes free.")
    picture(page, f"waitlist-place-{scheme}")
    assert violations(page) == []
    with platform.client("bob") as bob:
        bob.cancel(taken.id)
    expect(entry).to_contain_text("has come free for you")
    picture(page, f"waitlist-offer-{scheme}")
    assert violations(page) == []
    entry.get_by_role("button", name="Take it").focus()
    page.keyboard.press("Enter")
    expect(entry).to_have_count(0)
    expect(mine(page).locator("[data-booking]")).to_have_count(1)
    with platform.client("alice") as alice:
        (booking,) = (b for b in alice.state().bookings if b.mine)
        assert booking.end - booking.start == timedelta(hours=1)


def test_what_is_kept_for_who_waits_longest_is_told_apart_from_what_is_broken(
    browser: Browser, platform: Platform, taken: BookingModel
) -> None:
    with platform.client("bob") as bob, platform.client("alice") as alice:
        bob.cancel(taken.id)
        one, _ = (platform.book(user, 4 * 3600, delay=7200) for user in ("bob", "admin"))
        asked = {"pool": one.pool, "gpus": 2, "start": one.start, "end": one.start + timedelta(hours=3)}
        wish = alice.wait_for(WaitlistRequest.model_validate(asked))
        since = (datetime.now(timezone.utc) - timedelta(days=8)).strftime("%Y-%m-%d %H:%M:%S.%f")
        with closing(sqlite3.connect(Folder(platform.data).database, timeout=30)) as database, database:
            changed = database.execute("UPDATE wishes SET since = ? WHERE id = ?", (since, wish.id.hex))
            assert changed.rowcount == 1
        bob.cancel(one.id)
    page = open_portal(browser, platform, "alice")
    expect(page.locator(".maia-Outage.maia-mod-kept").first).to_contain_text(
        "Kept free for who has waited longest"
    )
    expect(page.get_by_text("kept for the waiting list")).to_be_visible()
    picture(page, "waitlist-kept")
    assert violations(page) == []


def test_jupyterlab_shows_the_place_and_asks_when_the_time_is_free(
    browser: Browser, platform: Platform, taken: BookingModel
) -> None:
    expose_app(platform, "alice")
    platform.start_server("alice")
    context = signed_in(browser, platform, "alice")
    page = context.new_page()
    page.goto(f"{platform.url}/user/alice/lab")
    expect(status(page)).to_have_text("CPU", timeout=START)
    panel = open_panel(page)
    panel.get_by_role("button", name="Book a GPU…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Taken at that time.")
    dialog.get_by_role("button", name="Wait for this time").click()
    entry = panel.get_by_role("group", name="Waiting for a time that is taken")
    expect(entry).to_contain_text("Place 1")
    with platform.client("alice") as alice:
        (wish,) = alice.waitlist()
        alice.withdraw_wish(wish.id)
        alice.wait_for(
            WaitlistRequest(
                pool=wish.pool,
                start=wish.start,
                end=wish.start + timedelta(hours=1),
                latest_start=wish.start + timedelta(hours=2),
            )
        )
    expect(entry).to_contain_text("or later, until")
    picture(page, "waitlist-lab")
    assert violations(page, PANEL) == []
    with platform.client("bob") as bob:
        bob.cancel(taken.id)
    asked = notification(page, "It is free now")
    asked.get_by_role("button", name="Take it").click(trial=True)  # it has slid in
    picture(page, "waitlist-lab-offer")
    assert violations(page, PANEL) == []
    asked.get_by_role("button", name="Take it").click()
    expect(entry).to_have_count(0)
    expect(asked).to_have_count(0)
    context.close()
    platform.stop_server("alice")
