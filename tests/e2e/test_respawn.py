"""A restart of the server with everything open: terminals, consoles, the same file in two tabs, a borrowed GPU."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from maia_hub.client.models import BookingChange
from tests.e2e.browser import picture, violations
from tests.e2e.lab import (
    BANNER,
    PANEL,
    START,
    TERMINAL,
    expose_app,
    new_console,
    new_file,
    new_terminal,
    notification,
    open_file,
    open_lab,
    open_panel,
    run_in_console,
    signed_in,
    status,
)
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def home(platform: Platform) -> Path:
    return platform.data / "homes" / "alice"


def written(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""


def switch(platform: Platform, user: str) -> None:
    """Restart the user's server with the GPU of the booking that runs."""
    with platform.client(user) as client:
        offer = eventually(lambda: client.state().sessions[0].switch, "the GPU to be offered")
        client.switch("", offer.key)


def test_a_terminal_gets_a_new_shell_and_a_console_a_new_kernel_in_their_old_places(
    context: BrowserContext, platform: Platform, home: Path
) -> None:
    page = open_lab(context, platform, "alice")
    new_console(page)
    run_in_console(page, "mine = 41")
    terminal = new_terminal(page)
    terminal.click()
    page.keyboard.type("mine=41; echo ready > before.txt\n")
    eventually(lambda: written(home / "before.txt") == "ready", "the terminal's shell to answer")

    platform.book("alice", 600)
    switch(platform, "alice")
    page.wait_for_function(TERMINAL + "?.connectionStatus === 'connecting'", timeout=START)
    terminal.click()
    page.keyboard.type("touch meant-for-the-old-shell.txt\n")
    expect(status(page)).to_contain_text("GPU 0", timeout=START)
    expect(page.locator(BANNER)).to_have_count(0, timeout=START)

    page.wait_for_function(TERMINAL + "?.connectionStatus === 'connected'", timeout=START)
    terminal.click()
    page.keyboard.type("echo $CUDA_VISIBLE_DEVICES/$mine > terminal.txt\n")
    eventually(lambda: written(home / "terminal.txt") == "SIM-0/", "a new shell with the GPU")
    assert not (home / "meant-for-the-old-shell.txt").exists()
    run_in_console(
        page,
        "import os; gpu = os.environ['CUDA_VISIBLE_DEVICES'];"
        "open('console.txt', 'w').write(f\"{gpu}/{'mine' in dir()}\")",
    )
    eventually(lambda: written(home / "console.txt") == "SIM-0/False", "a new kernel with the GPU")
    assert page.locator(".jp-Dialog").all_inner_texts() == []
    picture(page, "respawn-terminal")
    page.close()


def test_the_panel_and_its_form_have_no_accessibility_violations(
    context: BrowserContext, platform: Platform
) -> None:
    page = open_lab(context, platform, "alice", "axe")
    panel = open_panel(page)
    assert violations(page, PANEL) == []
    panel.get_by_role("button", name="Book a GPU").click()
    form = page.locator(".maia-Dialog")
    expect(form.locator("[data-verdict]:not([data-verdict=asking])")).to_be_visible()
    picture(page, "respawn-form")
    assert violations(page, ".maia-Dialog") == []
    assert violations(page, ".maia-Status") == []
    page.close()


def test_two_tabs_with_different_text_in_one_file_lose_neither(
    context: BrowserContext, platform: Platform, home: Path
) -> None:
    first = open_lab(context, platform, "alice", "one")
    path = new_file(first, "begun. ")
    first.evaluate("window.jupyterapp.shell.currentWidget.context.save()")
    eventually(lambda: written(home / path) == "begun.", "the file to be saved")
    second = open_lab(context, platform, "alice", "two")
    texts = {"of one": first, "of two": second}
    open_file(second, path)
    for text, tab in texts.items():
        tab.locator(".jp-FileEditor .cm-content").click()
        tab.keyboard.press("Control+End")
        tab.keyboard.type(text)
    with platform.client("alice") as client:
        state = client.state()
        (booking,) = state.bookings
        client.change(booking.id, BookingChange(end=state.now + timedelta(seconds=20)))

    def saved() -> str | None:
        return next((text for text in texts if written(home / path) == f"begun. {text}"), None)

    kept = eventually(saved, "one of the texts to be saved")
    other = next(text for text in texts if text != kept)
    loser = texts[other]
    expect(notification(loser, f"Could not be saved: {path}")).to_be_visible(timeout=START)
    for text, tab in texts.items():
        expect(status(tab)).to_have_text("CPU", timeout=START)
        expect(tab.locator(BANNER)).to_have_count(0, timeout=START)
        expect(tab.locator(".jp-FileEditor .cm-content")).to_contain_text(text)
    assert saved() == kept, "nobody was asked, so nothing was overwritten"
    picture(loser, "respawn-conflict")
    loser.locator(".jp-Dialog").get_by_role("button", name="Overwrite").click()
    eventually(lambda: saved() == other, "the other text, now that its owner said so")
    first.close()
    second.close()


def test_a_borrowed_gpu_is_taken_back_with_a_word_before_and_after(
    browser: Browser, platform: Platform
) -> None:
    expose_app(platform, "bob")
    platform.start_server("bob", choice="idle:simulated-gpu")
    context = signed_in(browser, platform, "bob")
    page = open_lab(context, platform, "bob")
    panel = open_panel(page)
    expect(status(page)).to_have_text("GPU (borrowed)")
    expect(panel).to_contain_text("Borrowed until somebody’s booking begins.")
    path = new_file(page, "typed on a borrowed GPU")
    booking = platform.book("alice", 60, delay=20, gpus=2)
    warning = notification(page, "The GPU you borrow is needed at")
    expect(warning).to_be_visible(timeout=START)
    expect(warning.get_by_role("button", name="Book a GPU")).to_be_visible()
    expect(status(page)).to_contain_text("GPU 00:")
    expect(panel).to_contain_text("Next: alice")
    picture(page, "respawn-borrowed")

    expect(page.locator(BANNER)).to_be_visible(timeout=START)
    expect(status(page)).to_have_text("CPU", timeout=START)
    expect(page.locator(BANNER)).to_have_count(0, timeout=START)
    expect(warning).to_have_count(0)
    expect(notification(page, "The GPU you borrowed was needed. Your server now runs on CPU")).to_be_visible()
    expect(panel).to_contain_text("needed for a booking")
    expect(page.locator(".jp-FileEditor .cm-content")).to_contain_text("typed on a borrowed GPU")
    assert written(platform.data / "homes" / "bob" / path) == "typed on a borrowed GPU"
    assert platform.environment("bob")["CUDA_VISIBLE_DEVICES"] == ""
    picture(page, "respawn-preempted")
    with platform.client("alice") as client:
        client.release(booking.id)
    context.close()
