"""TensorBoard's page behind the door, in a real Chromium: what a training has written is drawn."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from maia_hub.tools.kinds.tensorboard import VERSION
from maia_hub.tools.local.installing import cache
from tests.e2e.browser import picture
from tests.e2e.lab import START, signed_in
from tests.e2e.tools import PREFIX, Tools
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser
WRITES = """
import sys
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

writer = EventFileWriter(sys.argv[1])
for step in range(20):
    value = Summary.Value(tag="dice", simple_value=1 - 0.9**step)
    writer.add_event(Event(wall_time=1.7e9 + step, step=step, summary=Summary(value=[value])))
writer.close()
"""


@pytest.fixture
def alice(browser: Browser, platform: Platform) -> Iterator[BrowserContext]:
    """A browser of alice, and TensorBoard started with a run in its folder."""
    program = Tools(platform, "alice")
    program.start("tensorboard")
    python = max(cache().glob(f"tensorboard-{VERSION}-*/bin/python"), key=lambda path: path.lstat().st_mtime)
    logs = platform.data / "tools" / "default" / "tensorboard" / "data" / "logs" / "first"
    subprocess.run([python, "-c", WRITES, logs], check=True)
    runs = "default/tensorboard/data/runs"
    eventually(lambda: "first" in program.http.get(runs).raise_for_status().json(), "its run is read", 120)
    program.close()
    opened = signed_in(browser, platform, "alice")
    yield opened
    opened.close()


def test_a_scalar_of_a_run_is_drawn(alice: BrowserContext, platform: Platform) -> None:
    page = alice.new_page()
    failures: list[str] = []
    page.on("response", lambda r: failures.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("requestfailed", lambda r: failures.append(r.url) if r.resource_type == "font" else None)
    page.on("pageerror", lambda e: failures.append(str(e)))
    page.goto(f"{platform.url}{PREFIX}/default/tensorboard/#timeseries")
    expect(page.get_by_text("dice").first).to_be_visible(timeout=START)
    expect(page.get_by_text("first").first).to_be_visible()
    chart = page.locator("line-chart canvas").first
    expect(chart).to_be_visible(timeout=START)
    expect(page.get_by_text("0.8649").first).to_be_visible()
    picture(page, "tools-tensorboard")
    assert page.evaluate("self.origin") == "null"
    assert failures == []
    page.close()
