"""A booked GPU that does nothing, on the real platform: JupyterLab asks, is answered, asks again, and it goes back."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import open_portal, picture, violations
from tests.e2e.lab import START, expose_app, notification, open_lab, signed_in
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser

SETTINGS = {"idle": {"below": 5, "window": 0.1, "release": 0.5, "quiet": 0.2}}
"""In minutes: a window of six seconds."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    made = Platform(tmp_path_factory.mktemp("platform") / "data")
    made.data.mkdir(mode=0o700)
    (made.data / "settings.json").write_text(json.dumps(SETTINGS))
    try:
        yield made.start()
    finally:
        made.stop()


def shows(platform: Platform, utilisation: float) -> None:
    """Let the simulated GPUs show so much use."""
    file = platform.data / "run" / "simulated-usage.json"
    file.write_text(json.dumps({f"SIM-{n}": utilisation for n in range(platform.gpus)}))


def test_the_owner_of_an_idle_gpu_is_asked_keeps_it_and_without_an_answer_gives_it_back(
    browser: Browser, platform: Platform
) -> None:
    shows(platform, 80)
    expose_app(platform, "alice")
    booking = platform.book("alice", 3000)
    platform.start_server("alice", "booked")
    context = signed_in(browser, platform, "alice")
    page = open_lab(context, platform, "alice")
    shows(platform, 2)
    question = notification(page, "Your GPU seems idle. Less than 5 % use for 0.1 minutes")
    expect(question).to_be_visible()
    picture(page, "lab-idle")
    question.get_by_role("button", name="Keep it").click()
    expect(question).to_have_count(0)

    portal = open_portal(browser, platform, "alice")
    notices = portal.get_by_role("region", name="Notices")
    expect(notices.get_by_text("Your GPU seems idle")).to_be_visible()
    picture(portal, "portal-idle")
    assert violations(portal, ".portal-Notices") == []
    notices.get_by_role("button", name="Keep it").click()
    expect(notices.get_by_text("Your GPU seems idle")).to_have_count(0)
    portal.context.close()

    expect(question).to_be_visible()  # asked again, and nobody answers
    with platform.client("alice") as client:
        eventually(lambda: client.booking(booking.id).cause == "idle", "the booking is given back")
    expect(notification(page, "Your GPU did nothing and was given back")).to_be_visible(timeout=START)
    assert platform.held("alice") == []
    context.close()
