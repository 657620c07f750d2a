"""The ends of jobs that nobody saw, told when JupyterLab is opened again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.e2e.alone import Alone, alone
from tests.e2e.browser import picture
from tests.e2e.lab import START, notification
from tests.platform import eventually

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    with alone(tmp_path_factory.mktemp("home")) as started:
        yield started


def test_ends_that_came_while_jupyterlab_was_closed_are_told_once(browser: Browser, server: Alone) -> None:
    ended_elsewhere(server, "unseen")
    with opened(browser, server) as page:
        expect(notification(page, "“unseen” on .* is done")).to_have_count(1)
        with asked(page.context):
            second = server.enter(page.context)
        expect(notification(second, "unseen")).to_have_count(0)
    ended_elsewhere(server, "one", "two", "three", "four")
    with opened(browser, server) as page:
        told = notification(
            page, "4 jobs have ended since you were here, all well. The last: “.*” on .* is done"
        )
        expect(told).to_have_count(1)
        expect(notification(page, "is done")).to_have_count(1)
        expect(notification(page, "unseen")).to_have_count(0)
        picture(page, "hpc-missed")
        told.get_by_role("button", name="Show the jobs").click()
        expect(
            page.locator("#maia-hpc-panel").get_by_role("listitem").filter(has_text="four")
        ).to_be_visible()


def ended_elsewhere(server: Alone, *names: str) -> None:
    """Let jobs run and be seen to end in a terminal."""
    for name in names:
        server.maia("hpc", "submit", "--name", name, "--", "true")

    def states() -> set[str]:
        return {
            each["state"] for each in json.loads(server.maia("hpc", "ls", "--json")) if each["name"] in names
        }

    eventually(lambda: states() == {"COMPLETED"}, "the end of all")


def _is_asked(got: Response) -> bool:
    return got.url.split("?")[0].endswith("/hpc/told")


@contextmanager
def asked(context: BrowserContext) -> Iterator[None]:
    """Wait until a tab has asked which ends it is to tell."""
    with context.expect_event("response", _is_asked, timeout=2 * START):
        yield


@contextmanager
def opened(browser: Browser, server: Alone) -> Iterator[Page]:
    """Open JupyterLab in a browser that knows nothing of what was."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    with asked(context):
        page = server.enter(context)
    yield page
    context.close()
