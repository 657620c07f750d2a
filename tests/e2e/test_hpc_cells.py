"""A cell that runs as a job, in a real JupyterLab: its box is live, and taken up again after a kernel restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from maia_hub.hpc.jobs import Jobs
from tests.e2e.browser import picture, violations
from tests.e2e.lab import execute, new_notebook, open_lab, run_cell
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser

BOX = ".maia-Job"
CELL = """%%hpc --background --out answer --as job
import os, time
print("<b>begun</b>\\n 40%|####", flush=True)
while not os.path.exists(os.path.expanduser("~/gate")):
    time.sleep(0.1)
answer = 42
print("\\r100%|##########|")
"""
RESTART = """async () => {
    const { sessionContext } = window.jupyterapp.shell.currentWidget;
    await sessionContext.session.kernel.restart();
    await sessionContext.session.kernel.info;
}"""


@pytest.fixture
def lab(context: BrowserContext, platform: Platform) -> Iterator[Page]:
    page = open_lab(context, platform, "alice")
    yield page
    page.close()


@pytest.fixture
def home(platform: Platform) -> Path:
    return platform.data / "homes" / "alice"


def bar(box: Locator) -> Locator:
    return box.get_by_role("progressbar")


def test_the_box_of_a_job_is_live_and_is_taken_up_again_after_a_kernel_restart(lab: Page, home: Path) -> None:
    new_notebook(lab)
    run_cell(lab, "%load_ext maia_lab")
    run_cell(lab, CELL)
    first = lab.locator(BOX)
    expect(first.get_by_role("status")).to_contain_text("RUNNING", timeout=60_000)
    expect(first.get_by_label("Log")).to_contain_text("<b>begun</b>")
    expect(bar(first)).to_have_attribute("value", "40")
    token = eventually(lambda: Jobs(home / ".maia" / "jobs.sqlite").all(), "a job")[0].token
    picture(lab, "hpc-cell-running")
    assert violations(lab, BOX) == []
    lab.evaluate(RESTART)
    run_cell(lab, f"%load_ext maia_lab\njob = %hpc {token[:12]}")
    again = lab.locator(BOX).last
    expect(again.get_by_role("status")).to_contain_text(f"%hpc {token}", timeout=60_000)
    expect(again.get_by_role("status")).to_contain_text("RUNNING")
    (home / "gate").touch()
    expect(again.get_by_role("status")).to_contain_text("COMPLETED", timeout=60_000)
    expect(bar(again)).to_have_attribute("value", "100")
    run_cell(lab, "print(job.result())")
    expect(lab.locator(".jp-OutputArea-output").last).to_have_text("{'answer': 42}\n", timeout=60_000)
    execute(lab, "apputils:change-theme", {"theme": "JupyterLab Dark"})
    expect(lab.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    expect(lab.locator("#jupyterlab-splash")).to_have_count(0)
    picture(lab, "hpc-cell-over-dark")
    assert violations(lab, BOX) == []
    execute(lab, "apputils:change-theme", {"theme": "JupyterLab Light"})
