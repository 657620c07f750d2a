"""What an administrator sees in a real browser when bookings lose their GPUs, and before she makes them lose them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import go_to, open_portal, picture, violations
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser


def administration(browser: Browser, platform: Platform, **context: object) -> Page:
    page = open_portal(browser, platform, "admin", **context)
    go_to(page, "Administration")
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()
    return page


def ask_for_an_outage(page: Page) -> None:
    form = page.get_by_role("form", name="Add an outage")
    form.get_by_label("GPUs").fill("2")
    form.get_by_label("Reason").fill("new power supply")
    form.get_by_role("button", name="Add").click()


def in_trouble(platform: Platform) -> None:
    """Write what a cluster would say of a node."""
    with closing(sqlite3.connect(platform.data / "maia.db", timeout=10)) as database, database:
        database.execute(
            "INSERT INTO troubles (node, reason, since)"
            " SELECT id, '1 of 2 are out of order', strftime('%Y-%m-%d %H:%M:%f000', 'now') FROM nodes"
        )


def test_bookings_are_shown_before_an_outage_takes_their_gpus_and_as_alarms_afterwards(
    browser: Browser, platform: Platform
) -> None:
    platform.book("alice", 3600, delay=3600)
    page = administration(browser, platform)
    alarms = page.get_by_role("region", name="Alarms", exact=True)
    expect(alarms).to_contain_text("None: every booking has its GPU")
    ask_for_an_outage(page)
    effect = page.get_by_role("group", name="What the outage does to bookings")
    expect(effect).to_contain_text("alice, 1 GPU")
    assert violations(page) == []
    picture(page, "portal-outage-effect")
    effect.get_by_role("button", name="Do not add").click()
    expect(effect).to_have_count(0)
    expect(page.get_by_text("None now, none planned.")).to_be_visible()

    ask_for_an_outage(page)
    effect.get_by_role("button", name="Add despite these bookings").click()
    row = page.get_by_role("region", name="Endangered bookings, table").get_by_role("row").nth(1)
    expect(row).to_contain_text("alice")
    expect(row).to_contain_text("new power supply")
    alice = open_portal(browser, platform, "alice")
    expect(alice.get_by_role("region", name="Notices")).to_contain_text(
        "There may be no GPU for your booking"
    )
    expect(alice.locator(".maia-Block")).to_be_visible()
    picture(alice, "portal-endangered")
    alice.context.close()
    page.context.close()


Scheme = Literal["light", "dark"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1600, 390])
def test_alarms_are_readable_for_everybody(
    browser: Browser, platform: Platform, scheme: Scheme, width: int
) -> None:
    if scheme == "light" and width == 1600:
        in_trouble(platform)
    page = administration(browser, platform, color_scheme=scheme, viewport={"width": width, "height": 900})
    expect(page.get_by_role("region", name="Machines in trouble, table")).to_contain_text("out of order")
    picture(page, f"portal-alarms-{scheme}-{width}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_the_end_of_an_outage_is_the_end_of_its_alarms(browser: Browser, platform: Platform) -> None:
    page = administration(browser, platform)
    outages = page.get_by_role("region", name="Outages")
    outages.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("region", name="Endangered bookings, table")).to_have_count(0)
    alice = open_portal(browser, platform, "alice")
    expect(alice.get_by_role("region", name="Notices")).to_contain_text("Your booking is safe again")
    alice.context.close()
    page.context.close()


def test_a_broken_gpu_is_named_and_whoever_holds_it_gets_another_one(
    browser: Browser, platform: Platform
) -> None:
    platform.book("alice", 3000)
    platform.start_server("alice", "booked")
    (first,) = platform.held("alice")
    page = administration(browser, platform)
    form = page.get_by_role("form", name="Add an outage")
    form.get_by_label("Which").select_option(value=first)
    form.get_by_label("Reason").fill("Xid 79")
    begins = form.get_by_label("From")
    a_moment_ago = datetime.fromisoformat(begins.input_value()) - timedelta(minutes=2)
    begins.fill(f"{a_moment_ago:%Y-%m-%dT%H:%M}")
    form.get_by_role("button", name="Add").click()
    effect = page.get_by_role("group", name="What the outage does to bookings")
    expect(effect).to_contain_text("Servers that hold it are told and restarted")
    expect(effect).to_contain_text("alice")
    effect.get_by_role("button", name="Add and restart").click()
    outages = page.get_by_role("region", name="Outages")
    expect(outages).to_contain_text(f"({first}) on")
    eventually(lambda: [gpu for gpu in platform.held("alice") if gpu != first], "alice has the other one")
    alice = open_portal(browser, platform, "alice")
    expect(alice.get_by_role("region", name="Notices")).to_contain_text(
        "A GPU of your server is out of order"
    )
    picture(alice, "portal-broken-gpu")
    alice.context.close()
    outages.get_by_role("button", name="Remove").click()
    expect(outages).not_to_contain_text("Xid 79")
    page.context.close()


def test_whoever_loses_a_gpu_takes_the_nearest_slot_like_it_by_one_click(
    browser: Browser, platform: Platform
) -> None:
    booking = platform.book("bob", 600, delay=1800)
    page = administration(browser, platform)
    ask_for_an_outage(page)
    page.get_by_role("button", name="Add despite these bookings").click()
    bob = open_portal(browser, platform, "bob")
    notices = bob.get_by_role("region", name="Notices")
    expect(notices).to_contain_text("There may be no GPU for your booking")
    picture(bob, "portal-next-slot")
    assert violations(bob, ".portal-Notices") == []
    notices.get_by_role("button", name="Move it to").click()
    expect(notices).to_contain_text("Your booking is safe again")
    with platform.client("bob") as client:
        assert client.booking(booking.id).start > booking.start
    bob.context.close()
    page.context.close()
