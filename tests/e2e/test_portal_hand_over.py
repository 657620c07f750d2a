"""Handing a booking over in the portal: to a colleague of the project, who is told and may hand it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import open_portal, picture, violations
from tests.e2e.test_portal import book_tomorrow, form, my_bookings
from tests.platform import Platform

pytestmark = pytest.mark.browser


@pytest.fixture
def people(browser: Browser, platform: Platform) -> Iterator[tuple[Page, Page]]:
    pages = open_portal(browser, platform, "alice"), open_portal(browser, platform, "bob")
    yield pages
    for page in pages:
        page.context.close()


def test_a_colleague_has_it_at_once_is_told_and_hands_it_back(people: tuple[Page, Page]) -> None:
    alice, bob = people
    book_tomorrow(alice, 9, 12)
    my_bookings(alice).get_by_role("button", name="Hand over…").click()
    colleague = form(alice).get_by_role("textbox", name="Colleague")
    expect(colleague).to_be_focused()
    colleague.fill("nobody")
    colleague.press("Enter")
    expect(form(alice).get_by_role("alert")).to_contain_text(
        "Nobody called “nobody” is in the project “default”"
    )
    assert violations(alice, "dialog") == []
    picture(alice, "portal-hand-over")
    alice.set_viewport_size({"width": 390, "height": 800})
    picture(alice, "portal-hand-over-phone")
    colleague.fill("bob")
    form(alice).get_by_role("button", name="Hand over", exact=True).click()
    expect(my_bookings(alice)).to_have_count(0)

    expect(bob.get_by_text("You were handed a booking")).to_be_visible()
    my_bookings(bob).get_by_role("button", name="Hand over…").click()
    form(bob).get_by_role("textbox", name="Colleague").fill("alice")
    form(bob).get_by_role("button", name="Hand over", exact=True).click()
    expect(my_bookings(alice)).to_have_count(1)
    expect(my_bookings(bob)).to_have_count(0)
    my_bookings(alice).get_by_role("button", name="Cancel booking").click()
    expect(my_bookings(alice)).to_have_count(0)
