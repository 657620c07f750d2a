"""A connection that is really cut: the browser goes on where it was, and is told once what happened meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from maia_hub.client.models import BookingModel
from tests.e2e.browser import open_portal
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


def test_a_page_goes_on_where_its_connection_broke(
    browser: Browser,
    platform: Platform,
    afar: Platform,
    cable: Proxy,
) -> None:
    first = open_portal(browser, afar, "alice")  # signs in
    context = first.context
    first.close()
    page = portal(context, afar)
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
