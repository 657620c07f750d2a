"""A cell that runs as a job, in a real JupyterLab: its box is live, whatever becomes of the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from maia_hub.hpc.jobs import Jobs
from tests.e2e.browser import picture, violations
from tests.e2e.lab import START, execute, new_notebook, open_lab, run_cell
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
SAYS_MISSING = """() => {
    const box = () => document.querySelector('.maia-Job')?.textContent;
    const look = () => { window.missing ||= /not in your list/.test(box()); };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
RESTART = """async () => {
    const { sessionContext } = window.jupyterapp.shell.currentWidget;
    await sessionContext.session.kernel.restart();
    await sessionContext.session.kernel.info;
}"""

SAVED = """async () => {
    const { context } = window.jupyterapp.shell.currentWidget;
    await context.save();
    return context.path;
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


def test_the_box_of_a_job_outlives_the_kernel_and_the_page(lab: Page, home: Path) -> None:
    notebook = new_notebook(lab)
    run_cell(lab, "%load_ext maia_lab")
    lab.evaluate(SAYS_MISSING)
    run_cell(lab, CELL)
    box = lab.locator(BOX).first
    expect(box.get_by_role("status")).to_contain_text("running", timeout=START)
    assert lab.evaluate("window.missing") is False
    expect(box.get_by_label("Log")).to_contain_text("<b>begun</b>", timeout=START)
    expect(bar(box)).to_have_attribute("value", "40")
    token = eventually(lambda: Jobs(home / ".maia" / "jobs.sqlite").all(), "a job")[0].token
    picture(lab, "hpc-cell-running")
    assert violations(lab, BOX) == []
    lab.evaluate(RESTART)
    (home / "gate").touch()
    expect(box.get_by_role("status")).to_contain_text("done", timeout=START)
    box.scroll_into_view_if_needed()
    expect(bar(box)).to_have_attribute("value", "100", timeout=START)
    run_cell(lab, f"%load_ext maia_lab\njob = %hpc {token[:12]}\nprint(job.result())")
    expect(notebook.locator(".jp-OutputArea-output").last).to_have_text("{'answer': 42}\n", timeout=START)
    path = lab.evaluate(SAVED)
    execute(lab, "apputils:change-theme", {"theme": "JupyterLab Dark"})
    expect(lab.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    lab.evaluate("async () => { await window.jupyterapp.serviceManager.kernels.shutdownAll(); }")
    lab.reload()
    expect(lab.locator("#jupyterlab-splash")).to_have_count(0, timeout=START)
    lab.wait_for_function("window.jupyterapp", timeout=START)
    lab.evaluate("async () => { await window.jupyterapp.restored; }")
    execute(lab, "docmanager:open", {"path": path})
    expect(box.get_by_role("status")).to_contain_text(f"%hpc {token}", timeout=START)
    box.scroll_into_view_if_needed()
    expect(bar(box)).to_have_attribute("value", "100", timeout=START)
    picture(lab, "hpc-cell-over-dark")
    assert violations(lab, BOX) == []
    box.get_by_role("button", name="Open it").click()
    expect(lab.locator(".maia-Hpc-page")).to_be_visible()
    execute(lab, "apputils:change-theme", {"theme": "JupyterLab Light"})
