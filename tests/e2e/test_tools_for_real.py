"""A project's tools on the real platform, from the panel to the first cell: real MLflow, a real object store."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.browser import picture
from tests.e2e.lab import execute, new_notebook, open_lab, run_cell
from tests.platform import Platform

pytestmark = pytest.mark.browser

PANEL = "#maia-tools-panel"
INSTALLED = 540_000
"""Milliseconds in which a tool is installed and answers, on a machine that has never had it."""
TRACKED = """\
import mlflow

with mlflow.start_run(run_name="first-try"):
    for step, loss in enumerate([1.0, 0.5, 0.25]):
        mlflow.log_metric("loss", loss, step=step)
"""
STORED = """\
import io

client.make_bucket("scans")
client.put_object("scans", "a/b.txt", io.BytesIO(b"hello"), 5)
print([each.object_name for each in client.list_objects("scans", recursive=True)])
"""


def tool(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("listitem", name=name, exact=True)


def start(page: Page, name: str) -> Locator:
    execute(page, "maia:tools-show")
    found = tool(page.locator(PANEL), name)
    found.get_by_role("button", name="Start").click()
    expect(found.get_by_role("button", name="Start")).to_have_count(0)
    expect(found).to_contain_text("ready", timeout=INSTALLED)
    return found


def test_mlflow_is_started_and_the_first_cell_is_tracked(context: BrowserContext, platform: Platform) -> None:
    page = open_lab(context, platform, "alice")
    mlflow = start(page, "MLflow")
    expect(mlflow).to_contain_text("No run yet", timeout=60_000)
    new_notebook(page)
    run_cell(page, TRACKED)
    line = mlflow.get_by_role("img", name="loss over 3 steps: from 1 to 0.25, lowest 0.25, highest 1")
    expect(line).to_be_visible(timeout=120_000)
    mlflow.get_by_role("button", name="Open MLflow", exact=True).click()
    inside = page.frame_locator("iframe[title='MLflow of default']")
    expect(inside.get_by_text("Experiments").first).to_be_visible(timeout=60_000)
    mlflow.get_by_role("button", name="first-try").click()
    expect(inside.get_by_text("first-try").first).to_be_visible(timeout=60_000)
    picture(page, "tools-mlflow")
    page.close()


def test_a_running_kernel_is_told_of_the_object_store_and_uses_it(
    context: BrowserContext, platform: Platform
) -> None:
    page = open_lab(context, platform, "alice", "store")
    execute(page, "maia:tools-show")
    panel = page.locator(PANEL)
    notebook = new_notebook(page)
    store = start(page, "Object store")
    expect(panel).to_contain_text(re.compile("not know what the tools tell now"))
    panel.get_by_role("button", name="Tell them now").click()
    expect(panel).not_to_contain_text("not know what the tools tell")
    store.get_by_role("button", name="Use in notebook").click()
    expect(notebook.locator(".jp-Cell").first).to_contain_text("Minio(")
    execute(page, "notebook:run-cell-and-insert-below")
    run_cell(page, STORED)
    expect(notebook.locator(".jp-OutputArea-output").last).to_contain_text("a/b.txt", timeout=60_000)
    expect(store).to_contain_text(re.compile(r"scans\s*1 object, 5 B"), timeout=60_000)
    picture(page, "tools-store")
    page.close()
