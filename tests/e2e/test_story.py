"""The whole story in compressed time: book, start, be warned, extend, be saved, come back on CPU."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import open_portal, picture
from tests.e2e.lab import (
    BANNER,
    PANEL,
    START,
    execute,
    expose_app,
    kernel_ids,
    new_file,
    new_notebook,
    notification,
    open_lab,
    open_panel,
    run_cell,
    signed_in,
    status,
)
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser


def spawn_with(page: Page, label: str) -> None:
    """Choose on the hub's spawn page and start."""
    page.get_by_label(label).check()
    page.click("#spawn_form button[type=submit]")


def test_a_session_from_the_booking_to_the_cpu_server_that_follows(
    browser: Browser, platform: Platform
) -> None:
    expose_app(platform, "alice")
    portal = open_portal(browser, platform, "alice")
    booking = platform.book("alice", 55)
    portal.goto(f"{platform.url}/hub/spawn")
    picture(portal, "story-spawn")
    spawn_with(portal, "Your booked")
    portal.wait_for_url("**/user/alice/lab**", timeout=START)
    context = portal.context
    page = open_lab(context, platform, "alice")

    panel = open_panel(page)
    expect(panel).to_contain_text("Simulated GPU")
    expect(panel).to_contain_text("simulated")
    expect(status(page)).to_contain_text("GPU 00:")
    picture(page, "story-lab-light")

    with platform.client("alice") as client:
        client.extend(booking.id, booking.end + timedelta(seconds=20))
    notebook = new_notebook(page)
    run_cell(page, "import os; mine = 41; print('gpu', os.environ['CUDA_VISIBLE_DEVICES'])")
    expect(notebook).to_contain_text("gpu SIM-0", timeout=START)
    before = kernel_ids(page)
    saved = new_file(page, "typed before the end")
    second = open_lab(context, platform, "alice", "second")
    expect(notification(page, "Your GPU time ends at").first).to_be_visible(timeout=START)
    picture(page, "story-lab-warning")

    # The end: saved, stopped, started again on CPU, and both tabs come back without a click.
    unsaved_home = platform.data / "homes" / "alice" / saved
    eventually(lambda: unsaved_home.read_text() == "typed before the end", "the document to be saved", 60)
    expect(page.locator(BANNER)).to_be_visible(timeout=START)
    page.locator(".jp-FileEditor .cm-content").click()
    page.keyboard.type("typed while away, ")
    picture(page, "story-lab-away")
    eventually(lambda: platform.held("alice") == [], "the GPU to be free", 30)
    for tab in (page, second):
        expect(status(tab)).to_have_text("CPU", timeout=START)
        expect(tab.locator(BANNER)).to_have_count(0, timeout=START)
    expect(page.locator(".jp-FileEditor .cm-content")).to_contain_text("typed while away")
    expect(notification(page, "Your GPU time has ended")).to_be_visible()
    expect(page.locator(PANEL)).to_contain_text("runs on CPU")
    eventually(lambda: kernel_ids(page) and kernel_ids(page) != before, "a new kernel", 30)
    picture(page, "story-lab-cpu")

    execute(page, "notebook:create-new", {"kernelName": "python3"})
    expect(page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) [data-status=idle]")).to_be_visible(
        timeout=START
    )
    run_cell(page, "import os; print('gpu', repr(os.environ['CUDA_VISIBLE_DEVICES']), 'mine' in dir())")
    expect(page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")).to_contain_text(
        "gpu '' False", timeout=START
    )
    assert platform.environment("alice")["CUDA_VISIBLE_DEVICES"] == ""
    context.close()


def test_the_countdown_is_right_with_a_browser_clock_that_is_an_hour_off(
    browser: Browser, platform: Platform
) -> None:
    expose_app(platform, "bob")
    platform.book("bob", 300)
    platform.start_server("bob", "booked")
    context = signed_in(browser, platform, "bob", color_scheme="dark")
    context.add_init_script(
        """{ const real = Date.now.bind(Date), RealDate = Date, off = 3600e3;
             Date = class extends RealDate { constructor(...a) { a.length ? super(...a) : super(real() + off); }
               static now() { return real() + off; } }; }"""
    )
    page = open_lab(context, platform, "bob")
    expect(status(page)).to_contain_text("GPU 04:", timeout=START)
    execute(page, "apputils:change-theme", {"theme": "JupyterLab Dark"})
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false", timeout=START)
    expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=START)
    open_panel(page)
    picture(page, "story-lab-dark")
    context.close()


def test_extending_and_releasing_from_the_panel(browser: Browser, platform: Platform) -> None:
    context = signed_in(browser, platform, "bob")
    page = open_lab(context, platform, "bob")
    panel = open_panel(page)
    panel.get_by_role("button", name="Extend").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Extend your GPU time")
    picture(page, "story-lab-extend")
    dialog.get_by_role("button", name="Extend").click()
    expect(notification(page, "Your GPU is yours until")).to_be_visible()
    path = new_file(page, "typed before the release")
    panel.get_by_role("button", name="Release now").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Release now").click()
    expect(status(page)).to_have_text("CPU", timeout=START)
    expect(notification(page, "You gave your GPU back")).to_be_visible(timeout=START)
    assert (platform.data / "homes" / "bob" / path).read_text() == "typed before the release"
    context.close()


def test_a_booking_that_begins_is_offered_to_the_running_cpu_server(
    browser: Browser, platform: Platform
) -> None:
    context = signed_in(browser, platform, "bob")
    page = open_lab(context, platform, "bob")
    expect(status(page)).to_have_text("CPU", timeout=START)
    platform.book("bob", 120, delay=3)
    offer = notification(page, "Your booking has begun")
    expect(offer).to_be_visible(timeout=START)
    picture(page, "story-lab-offer")
    assert platform.held("bob") == [], "never by force"
    offer.get_by_role("button", name="Switch to GPU now").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Switch now").click()
    expect(status(page)).to_contain_text("GPU 01:", timeout=START)
    expect(page.locator(BANNER)).to_have_count(0, timeout=START)
    context.close()
