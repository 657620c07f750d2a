"""A server that cannot follow an extension, in the browser: where it ends, what then, and why nothing can be done."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import open_portal, picture
from tests.e2e.lab import BANNER, START, execute, expose_app, notification, open_lab, open_panel, status
from tests.platform import Platform

pytestmark = pytest.mark.browser

WHY = "This server’s image cannot follow an extension"


def fix_end(platform: Platform) -> None:
    """Let the service know what it would of a pod without supervisor: on one machine every server can follow."""
    with closing(sqlite3.connect(platform.data / "maia.db")) as database, database:
        database.execute("UPDATE leases SET fixed = TRUE WHERE released IS NULL")


def test_it_says_why_it_cannot_be_extended_and_comes_back_with_what_is_left(
    browser: Browser, platform: Platform
) -> None:
    expose_app(platform, "alice")
    portal = open_portal(browser, platform, "alice")
    booking = platform.book("alice", 60)
    platform.start_server("alice", "booked")
    fix_end(platform)
    portal.get_by_role("button", name="Extend by 30 min").click()
    expect(portal.get_by_text("What runs by it now cannot follow: it ends today")).to_be_visible()
    expect(portal.get_by_text(WHY)).to_be_visible()
    picture(portal, "fixed-end-portal")

    page = open_lab(portal.context, platform, "alice")
    panel = open_panel(page)
    expect(panel).to_contain_text(WHY)
    expect(panel).to_contain_text("Your booking goes on until")
    expect(panel.get_by_role("button", name="Extend")).to_be_disabled()
    expect(status(page)).to_contain_text("GPU 00:")
    execute(page, "maia:gpu-extend")
    expect(notification(page, f"cannot be extended.*{WHY}")).to_be_visible()
    expect(notification(page, "This server ends at").first).to_be_visible(timeout=START)
    picture(page, "fixed-end-lab")

    expect(page.locator(BANNER)).to_contain_text("being restarted;", timeout=START)
    expect(notification(page, "came to its fixed end. Your booking gives you")).to_be_visible(timeout=START)
    expect(status(page)).to_contain_text("GPU 29:", timeout=START)
    with platform.client("alice") as client:
        (session,) = client.state().sessions
        assert session.kind == "booked"
        assert session.until is not None
        assert session.until - booking.end > timedelta(minutes=29)
