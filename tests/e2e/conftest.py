"""What the tests in the browser share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.alone import Alone
from tests.e2e.browser import chromium
from tests.e2e.lab import expose_app, signed_in
from tests.platform import Platform

# Seven tabs on two cores that do other things, too, need more than the five seconds that Playwright waits.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def lab(browser: Browser, server: Alone) -> Iterator[Page]:
    """A window of the JupyterLab that a file's tests let run as ``server``."""
    page = server.open(browser)
    yield page
    page.context.close()


# pytest-jupyter, which tests of the Lab extension bring for all after them, would take the browser's loop for its own.
@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """Make no loop, and close none."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """Clean nothing up: no Jupyter server ran in this process."""


@pytest.fixture
def no_bookings(platform: Platform) -> None:
    """Let a test begin with an empty calendar."""
    for user in ("alice", "bob"):
        with platform.client(user) as client:
            for booking in client.state().bookings:
                if "cancel" in booking.may:
                    client.cancel(booking.id)


@pytest.fixture(scope="module")
def context(browser: Browser, platform: Platform) -> Iterator[BrowserContext]:
    """A browser of alice, whose server runs on CPU."""
    expose_app(platform, "alice")
    platform.start_server("alice")
    opened = signed_in(browser, platform, "alice")
    yield opened
    opened.close()
