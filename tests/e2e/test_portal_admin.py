"""The portal's administration in a real browser: outages, revoking with a reason, the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from maia_hub.client.models import BookingRequest, WaitlistRequest
from tests.e2e.browser import go_to, open_portal, picture, violations
from tests.platform import Platform

pytestmark = pytest.mark.browser


@pytest.fixture
def admin(browser: Browser, platform: Platform) -> Iterator[Page]:
    page = open_portal(browser, platform, "admin")
    yield page
    page.context.close()


def open_administration(page: Page) -> None:
    go_to(page, "Administration")
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()


def test_an_outage_is_added_shown_on_the_timeline_and_removed(admin: Page) -> None:
    open_administration(admin)
    form = admin.get_by_role("form", name="Add an outage")
    form.get_by_label("Machine").select_option(label="All machines with Simulated GPU")
    expect(form.get_by_label("GPUs")).to_have_count(0)
    form.get_by_label("Reason").fill("new fan")
    form.get_by_role("button", name="Add").click()
    outages = admin.get_by_role("region", name="Outages")
    expect(outages.get_by_role("listitem")).to_contain_text("new fan")
    log = admin.get_by_role("region", name="Audit log, table")
    expect(log.get_by_role("row").filter(has_text="new fan").first).to_be_visible()
    go_to(admin, "GPUs")
    expect(admin.locator(".maia-Outage")).to_contain_text("new fan")
    picture(admin, "portal-outage")
    open_administration(admin)
    outages.get_by_role("button", name="Remove").click()
    expect(outages.get_by_text("None now, none planned.")).to_be_visible()


def test_a_booking_is_revoked_with_a_reason_that_its_owner_and_the_audit_log_are_told(
    admin: Page, browser: Browser, platform: Platform
) -> None:
    platform.book("alice", 7200, delay=3600)
    alice = open_portal(browser, platform, "alice")
    admin.locator(".maia-Block").click()
    dialog = admin.get_by_role("dialog")
    expect(dialog).to_contain_text("Booked by alice")
    dialog.get_by_label("Reason").fill("the power will be off")
    dialog.get_by_role("button", name="Revoke").click()
    expect(dialog).to_be_hidden()
    expect(alice.get_by_role("region", name="Notices")).to_contain_text("the power will be off")
    picture(alice, "portal-revoked")
    alice.get_by_role("button", name="Dismiss").click()
    expect(alice.get_by_role("region", name="Notices")).to_have_count(0)
    alice.context.close()
    open_administration(admin)
    admin.get_by_label("Action").fill("booking.revoked")
    row = admin.get_by_role("region", name="Audit log, table").get_by_role("row").nth(1)
    expect(row).to_contain_text("the power will be off")
    picture(admin, "portal-admin")


def test_a_policy_is_tried_on_what_was_booked_changed_and_taken_back(admin: Page, platform: Platform) -> None:
    platform.book("alice", 7200, delay=3600)
    open_administration(admin)
    rules = admin.get_by_role("region", name="Rules", exact=True)
    expect(rules).to_contain_text("the settings")
    rules.get_by_role("button", name="Change the policy of all projects").click()
    dialog = admin.get_by_role("dialog")
    dialog.get_by_label("Longest booking", exact=True).last.fill("1")
    dialog.get_by_label("Longest booking: unit").select_option("hours")
    dialog.get_by_role("button", name="Try on the last 30 days").click()
    expect(dialog.get_by_role("status")).to_contain_text("would have been refused")
    dialog.get_by_text("Which").click()
    expect(dialog.get_by_role("status")).to_contain_text("alice, 1 × ")
    picture(admin, "portal-rule-tried")
    assert violations(admin, "dialog") == []
    dialog.get_by_label("Reason").fill("the term begins")
    dialog.get_by_label("Reason").press("Enter")
    expect(dialog).to_be_hidden()
    expect(rules).to_contain_text("Longest booking: 1 h")
    expect(rules).to_contain_text("admin, today")
    log = admin.get_by_role("region", name="Audit log, table")
    expect(log.get_by_role("row").filter(has_text="the term begins").first).to_be_visible()
    rules.get_by_role("button", name="Change the policy of all projects").click()
    dialog.get_by_label("Reason").fill("the term is over")
    dialog.get_by_role("button", name="Back to the settings").click()
    expect(rules).to_contain_text("the settings")


@pytest.mark.parametrize("width", [1600, 390])
def test_the_administration_has_no_accessibility_violations(
    browser: Browser, platform: Platform, width: int
) -> None:
    page = open_portal(browser, platform, "admin", viewport={"width": width, "height": 900})
    open_administration(page)
    expect(page.get_by_role("region", name="Audit log, table").get_by_role("row").nth(1)).to_be_visible()
    picture(page, f"portal-admin-{width}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    rules = page.get_by_role("region", name="Rules, table")
    assert rules.evaluate("it => it.scrollWidth <= it.clientWidth")
    expect(rules.get_by_role("row").nth(1).get_by_role("cell").first).to_have_text("All projects")
    page.context.close()


def test_the_audit_log_is_searched_by_person_text_and_time(admin: Page, platform: Platform) -> None:
    platform.book("bob", 3600, delay=7200)
    open_administration(admin)
    search = admin.get_by_role("search", name="Audit log")
    rows = admin.get_by_role("region", name="Audit log, table").get_by_role("row")
    search.get_by_label("Person").fill("bob")
    search.get_by_label("Text").fill("CONFIRMED")
    expect(rows.nth(1)).to_contain_text("booking.confirmed")
    expect(rows).to_have_count(2)
    search.get_by_label("Until").fill("2020-01-01T00:00")
    expect(admin.get_by_text("No such event.")).to_be_visible()
    search.get_by_role("button", name="Show all").click()
    expect(rows.nth(2)).to_be_visible()
    picture(admin, "portal-audit")


def test_the_audit_log_shows_what_happens_meanwhile_and_keeps_the_older_pages(
    admin: Page, platform: Platform
) -> None:
    with platform.client("alice") as alice:
        for _ in range(26):
            alice.cancel(platform.book("alice", 3600, delay=30 * 86400).id)
        open_administration(admin)
        rows = admin.get_by_role("region", name="Audit log, table").get_by_role("row")
        expect(rows).to_have_count(51)
        admin.get_by_role("button", name="Older").click()
        expect(rows.nth(51)).to_be_visible()
        shown = rows.count()
        late = platform.book("alice", 3600, delay=30 * 86400)
        expect(rows.filter(has_text=str(late.id))).to_have_count(1)
        expect(rows.nth(shown)).to_be_visible()
        alice.cancel(late.id)


def test_everybodys_wishes_are_seen_and_one_is_removed_with_a_reason(admin: Page, platform: Platform) -> None:
    with platform.client("alice") as alice, platform.client("bob") as bob:
        (pool,) = alice.gpus()
        start = alice.me().now.replace(microsecond=0) + timedelta(days=20)
        asked = {"pool": pool.id, "gpus": pool.capacity, "start": start, "end": start + timedelta(hours=2)}
        taken = alice.book(BookingRequest.model_validate(asked))
        bob.wait_for(WaitlistRequest.model_validate(asked))
        open_administration(admin)
        waiting = admin.get_by_role("region", name="Waiting list", exact=True)
        expect(waiting.get_by_role("row")).to_have_count(2)
        expect(waiting).to_contain_text("place 1")
        waiting.get_by_role("button", name="Remove the wish of bob").click()
        dialog = admin.get_by_role("dialog")
        assert violations(admin, "dialog") == []
        dialog.get_by_label("Reason").fill("the room is closed")
        picture(admin, "portal-admin-wish")
        dialog.get_by_role("button", name="Remove").click()
        expect(waiting).to_contain_text("Nobody waits for a booking.")
        assert "the room is closed" in [wish.reason for wish in bob.waitlist(past=True)]
        alice.cancel(taken.id)
