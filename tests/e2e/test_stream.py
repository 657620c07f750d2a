"""A connection that is really cut, or that is not given: the browser goes on where it was, and says what is so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from maia_hub.client.models import BookingModel
from tests.e2e.browser import picture, violations
from tests.e2e.lab import START, expose_app, open_lab, signed_in
from tests.platform import Platform, eventually
from tests.slurm.proxy import Proxy, between

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("no_bookings")]


@pytest.fixture(scope="module")
def cable(platform: Platform) -> Iterator[Proxy]:
    """What lies between the browser and the platform."""
    with between(platform.port) as proxy:
        yield proxy


@pytest.fixture
def afar(platform: Platform, cable: Proxy) -> Platform:
    """The same platform, as it is reached through the cable."""
    there = Platform(platform.data, port=cable.port)
    there._tokens = platform._tokens
    return there


class Told:
    """What the stream of a page told, and with which addresses it was opened."""

    def __init__(self, page: Page) -> None:
        self.changes: list[tuple[int, str, str]] = []
        self.opened: list[str] = []
        self._page = page
        session = page.context.new_cdp_session(page)
        session.on("Network.eventSourceMessageReceived", self._message)
        session.send("Network.enable")
        page.on("request", lambda r: self.opened.append(r.url) if "/events" in r.url else None)

    def _message(self, event: dict[str, Any]) -> None:
        if event["eventName"] == "change":
            change = json.loads(event["data"])
            self.changes.append((change["id"], change["action"], change["subject"]))

    def first(self, booking: BookingModel) -> tuple[int, str, str]:
        """Return the first change that was told of a booking."""
        return next(change for change in self.changes if change[2] == str(booking.id))

    def of(self, booking: BookingModel) -> list[str]:
        """Return what was told of a booking."""
        self._page.wait_for_timeout(0)  # let events in
        return [action for _, action, subject in self.changes if subject == str(booking.id)]


def portal(context: BrowserContext, platform: Platform) -> Page:
    page = context.new_page()
    page.goto(f"{platform.service_url}/")
    expect(page.get_by_role("group", name="Timeline of GPUs")).to_be_visible()
    return page


def lab(context: BrowserContext, platform: Platform) -> Page:
    return open_lab(context, platform, "alice")


@pytest.mark.parametrize("opened", [portal, lab])
def test_a_page_goes_on_where_its_connection_broke(
    browser: Browser,
    platform: Platform,
    afar: Platform,
    cable: Proxy,
    opened: Callable[[BrowserContext, Platform], Page],
) -> None:
    if opened is lab:
        expose_app(platform, "alice")
        platform.start_server("alice")
    context = signed_in(browser, afar, "alice")
    page = opened(context, afar)
    told = Told(page)
    seen = platform.book("alice", 3600, delay=3600)
    eventually(lambda: told.of(seen), "the change is told")
    context.set_offline(True)  # nothing comes back before
    cable.cut()
    missed = platform.book("alice", 3600, delay=3 * 3600)
    with platform.client("alice") as client:
        client.cancel(missed.id)
    kept = platform.book("alice", 3600, delay=5 * 3600)
    assert told.of(kept) == []
    context.set_offline(False)
    eventually(lambda: told.of(kept), "what was missed is told")
    (before, _, _), (after, _, _) = told.first(seen), told.first(missed)
    assert before <= int(told.opened[-1].split("after=")[1]) < after
    assert told.of(missed) == ["booking.confirmed", "booking.cancelled"]
    assert told.of(seen) == told.of(kept) == ["booking.confirmed"]
    assert [number for number, *_ in told.changes] == sorted({number for number, *_ in told.changes})
    context.close()


def test_a_page_without_a_place_for_its_stream_says_so_and_asks_instead(
    browser: Browser, platform: Platform
) -> None:
    context = signed_in(browser, platform, "bob")
    cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    with ExitStack() as places, httpx.Client(cookies=cookies, timeout=60) as client:
        for _ in range(20):
            stream = client.stream("GET", f"{platform.service_url}/api/v1/events")
            assert places.enter_context(stream).status_code == 200
        page = portal(context, platform)
        banner = page.get_by_role("status").filter(has_text="event streams open")
        expect(banner).to_contain_text("Your pages have 20 event streams open, and more are not given.")
        expect(banner).to_contain_text("This page asks every 10 s instead")
        expect(page.get_by_text("No connection to the service")).to_have_count(0)
        picture(page, "portal-no-stream")
        assert violations(page) == []
        booked = platform.book("bob", 3600, delay=3600)
        expect(page.get_by_role("button", name="Cancel").first).to_be_visible(timeout=START)
        with platform.client("bob") as owner:
            owner.cancel(booked.id)
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=START)
    expect(banner).to_have_count(0, timeout=START)
    context.close()
