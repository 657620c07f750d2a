"""Whatever happens to the server, the open page comes back by itself or says what to do; it never loads itself anew."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from tests.e2e.browser import picture
from tests.e2e.lab import (
    BANNER,
    START,
    kernel_ids,
    new_file,
    new_notebook,
    notification,
    open_lab,
    open_panel,
    status,
)
from tests.e2e.test_portal_tabs import streams
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser

TEXT = "typed and not saved"


@pytest.fixture
def page(context: BrowserContext, platform: Platform) -> Iterator[Page]:
    """A tab with a notebook and unsaved text, marked so that a reload would show; no try before it is in it."""
    opened = open_lab(context, platform, "alice", f"reconnect-{secrets.token_hex(4)}")
    new_notebook(opened)
    new_file(opened, TEXT)
    eventually(lambda: kernel_ids(opened), "a kernel")
    # What JupyterLab is still asking when the server goes, it answers with dialogs of its own.
    opened.wait_for_timeout(2000)
    opened.evaluate("window.marked = true")
    yield opened
    opened.close()


def assert_back(page: Page, kernels: list[str]) -> None:
    """The page is back in place: not loaded anew, text as it was, notebooks on new kernels, no dialog."""
    expect(page.locator(BANNER)).to_have_count(0, timeout=START)
    assert page.evaluate("window.marked") is True
    expect(page.locator(".jp-FileEditor .cm-content")).to_contain_text(TEXT)
    eventually(lambda: kernel_ids(page) and not set(kernel_ids(page)) & set(kernels), "a new kernel")
    assert page.locator(".jp-Dialog").all_inner_texts() == []


def unknown(answer: Response, kernels: list[str]) -> bool:
    """Whether a server was asked for one of these kernels and shows none such: it may want a new sign-in first."""
    return answer.status in (403, 404) and answer.url.split("?")[0].rsplit("/", 1)[-1] in kernels


def test_a_stopped_server_is_offered_to_be_started_and_the_page_signs_in_to_the_new_one_by_itself(
    page: Page, platform: Platform
) -> None:
    kernels = kernel_ids(page)
    platform.stop_server("alice")
    banner = page.locator(BANNER)
    expect(banner).to_contain_text("Your server was stopped", timeout=START)
    expect(banner.get_by_role("button", name="Start my server")).to_be_visible()
    picture(page, "reconnect-stopped")
    platform.start_server("alice")
    assert_back(page, kernels)


def test_a_server_that_died_is_waited_for(page: Page, platform: Platform) -> None:
    kernels = kernel_ids(page)
    os.kill(platform.server_pid("alice"), signal.SIGKILL)
    expect(page.locator(BANNER)).to_contain_text("comes back by itself", timeout=START)
    platform.start_server("alice")
    assert_back(page, kernels)


def test_kernels_that_the_new_server_does_not_know_are_replaced_without_a_dialog(
    page: Page, platform: Platform
) -> None:
    """JupyterLab's own connections may find the new server before the page has."""
    kernels = kernel_ids(page)
    os.kill(platform.server_pid("alice"), signal.SIGKILL)
    expect(page.locator(BANNER)).to_contain_text("comes back by itself", timeout=START)
    page.route("**/api/status*", lambda route: route.fulfill(status=503))
    with page.expect_response(lambda answer: unknown(answer, kernels), timeout=START):
        platform.start_server("alice")
    page.unroute("**/api/status*")
    assert_back(page, kernels)


def test_a_service_that_is_away_is_said_to_be_away_and_comes_back_by_itself(
    page: Page, platform: Platform
) -> None:
    panel = open_panel(page)
    os.kill(platform.pid("service"), signal.SIGSTOP)
    try:
        expect(panel).to_contain_text("The booking service has not answered since", timeout=START)
        expect(panel).to_contain_text("runs on CPU")
        picture(page, "reconnect-service-away")
    finally:
        os.kill(platform.pid("service"), signal.SIGCONT)
    expect(panel).not_to_contain_text("has not answered", timeout=START)
    expect(page.locator(BANNER)).to_have_count(0)


def test_seven_tabs_share_one_stream_and_all_come_back_after_a_restart(
    context: BrowserContext, page: Page, platform: Platform
) -> None:
    tabs = [page, *(open_lab(context, platform, "alice", f"tab{n}") for n in range(6))]
    for tab in tabs[1:]:
        tab.evaluate("window.marked = true")
    eventually(lambda: streams(platform) == 1, "one stream")
    kernels = kernel_ids(page)
    platform.book("alice", 120)
    expect(notification(page, "Your booking has begun")).to_be_visible(timeout=START)
    with platform.client("alice") as client:
        offer = client.state().sessions[0].switch
        assert offer is not None
        client.switch("", offer.key)
    for tab in tabs:
        expect(status(tab)).to_contain_text("GPU 0", timeout=START)
        expect(tab.locator(BANNER)).to_have_count(0, timeout=START)
        assert tab.evaluate("window.marked") is True
    assert_back(page, kernels)
    assert streams(platform) == 1
    for tab in tabs[1:]:
        tab.close()
