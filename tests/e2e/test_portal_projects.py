"""Projects in a real browser: chosen by who has several, refused by a quota, overseen by a lead."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import go_to, open_portal, picture, violations
from tests.e2e.test_portal import book_tomorrow, fill_tomorrow, form, my_bookings
from tests.platform import Platform

pytestmark = pytest.mark.browser

GROUPS = {"MAIA:vision": ["bob"], "MAIA:vision:lead": ["alice"], "MAIA:ears": ["alice"]}
SETTINGS = {"projects": {"vision": {"title": "Computer vision", "gpus": 1, "hours_per_week": 400}}}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform with two projects, of which one has a quota."""
    made = Platform(tmp_path_factory.mktemp("platform") / "data")
    made.data.mkdir(mode=0o700)
    (made.data / "settings.json").write_text(json.dumps(SETTINGS))
    try:
        made.start()
        for group, users in GROUPS.items():
            made.hub("POST", f"/groups/{group}", "admin").raise_for_status()
            made.hub("POST", f"/groups/{group}/users", "admin", json={"users": users}).raise_for_status()
        yield made
    finally:
        made.stop()


@pytest.fixture
def people(browser: Browser, platform: Platform) -> Iterator[tuple[Page, Page]]:
    pages = open_portal(browser, platform, "alice"), open_portal(browser, platform, "bob")
    yield pages
    for page in pages:
        page.context.close()


def test_a_project_is_chosen_kept_within_its_quota_and_overseen_by_its_lead(
    people: tuple[Page, Page],
) -> None:
    alice, bob = people
    expect(bob.get_by_role("region", name="Projects")).to_contain_text("0 of 1 GPUs booked now")

    bob.get_by_role("button", name="Book a GPU").first.click()
    expect(form(bob).get_by_text("Free.")).to_be_visible()
    expect(form(bob).get_by_label("Project")).to_have_count(0)
    form(bob).get_by_role("button", name="Close", exact=True).last.click()
    book_tomorrow(bob, 9, 12)
    expect(my_bookings(bob)).to_contain_text("project vision")

    alice.get_by_role("button", name="Subscribe", exact=True).click()
    form(alice).get_by_role("button", name="Subscribe: Bookings of vision").click()
    address = form(alice).get_by_role("textbox", name="Address: Bookings of vision").input_value()
    assert "(bob)" in httpx.get(address).text
    form(alice).get_by_role("button", name="Close", exact=True).click()

    alice.get_by_role("button", name="Book a GPU").first.click()
    project = form(alice).get_by_label("Project")
    expect(project.get_by_role("option")).to_have_text(["ears", "Computer vision (vision)"])
    project.select_option("vision")
    fill_tomorrow(alice, 11, 13)
    expect(form(alice)).to_contain_text("the project vision would hold too many GPUs at a time")
    assert violations(alice, "dialog") == []
    picture(alice, "portal-projects")
    project.select_option("ears")
    expect(form(alice).get_by_text("Free.")).to_be_visible()
    form(alice).get_by_role("button", name="Book", exact=True).click()
    expect(my_bookings(alice)).to_contain_text("project ears")

    alice.locator(".maia-Block:not(.maia-mod-mine)").first.click()
    expect(form(alice)).to_contain_text("Booked by bob")
    expect(form(alice).get_by_role("definition").filter(has_text="vision")).to_be_visible()
    form(alice).get_by_role("button", name="Change…").click()
    expect(form(alice)).to_contain_text("Change bob’s booking")
    expect(form(alice).get_by_label("Note")).to_have_count(0)
    fill_tomorrow(alice, 9, 11)
    form(alice).get_by_role("button", name="Save changes").click()
    expect(my_bookings(bob)).to_contain_text("tomorrow 09:00 – 11:00")
    expect(bob.get_by_text("A lead of your project changed your booking")).to_be_visible()

    alice.locator(".maia-Block:not(.maia-mod-mine)").first.click()
    form(alice).get_by_label("Reason").fill("the class needs it")
    form(alice).get_by_role("button", name="Revoke").click()
    expect(bob.get_by_text("The reason: the class needs it")).to_be_visible()
    expect(my_bookings(bob)).to_have_count(0)

    for page in (alice, bob):
        go_to(page, "Reports")
    expect(bob.get_by_role("link", name="Download as CSV")).to_be_visible()
    expect(bob.get_by_role("region", name="Audit log of vision", exact=True)).to_have_count(0)
    log = alice.get_by_role("region", name="Audit log of vision", exact=True)
    log.get_by_label("Action").fill("booking.revoked")
    expect(log.get_by_role("row").nth(1)).to_contain_text("the class needs it")
    expect(log.get_by_role("row")).to_have_count(2)
    assert violations(alice, "main") == []
    picture(alice, "portal-project-audit")
