"""A project's tools on the real platform, from the panel to the first cell: real MLflow, a real object store."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.cli.commands import maia
from tests.e2e.browser import picture, violations
from tests.e2e.lab import START, execute, new_notebook, open_lab, run_cell
from tests.e2e.test_hpc_panel import open_panel as open_jobs
from tests.e2e.test_hpc_panel import submit
from tests.platform import Platform, eventually
from tests.tools.running import environment, started

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
MEASURES = """\
echo '{"rate": 0.1}' > params.json; echo '{"auc": 0.9}' > metrics.json; echo weights > weights.pt"""
NOTEBOOK = "[...window.jupyterapp.shell.widgets('main')].find(each => each.content?.activeCell).id"
FOUND = """\
import mlflow

client = mlflow.MlflowClient()
runs = client.search_runs([client.get_experiment_by_name("forest").experiment_id])
files = [sorted(f.path for f in client.list_artifacts(run.info.run_id) if f.path[:5] != "slurm") for run in runs]
print([(run.data.params["rate"], run.data.metrics["auc"], each) for run, each in zip(runs, files)])
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
    expect(mlflow).to_contain_text("No run yet", timeout=START)
    new_notebook(page)
    run_cell(page, TRACKED)
    line = mlflow.get_by_role("img", name="loss over 3 steps: from 1 to 0.25, lowest 0.25, highest 1")
    expect(line).to_be_visible(timeout=START)
    mlflow.get_by_role("button", name="Open MLflow", exact=True).click()
    inside = page.frame_locator("iframe[title='MLflow of default']")
    expect(inside.get_by_text("Experiments").first).to_be_visible(timeout=START)
    mlflow.get_by_role("button", name="first-try").click()
    expect(inside.get_by_text("first-try").first).to_be_visible(timeout=START)
    picture(page, "tools-mlflow")
    where_mlflow_says(page, platform)
    page.close()


def where_mlflow_says(page: Page, platform: Platform) -> None:
    """Go where the cell says that the run is: MLflow names the address that programs reach it at."""
    execute(page, "tabsmenu:activate-by-id", {"id": page.evaluate(NOTEBOOK)})
    link = page.locator(".jp-OutputArea-output a", has_text=re.compile("/runs/"))
    with page.context.expect_page() as opened:
        link.click()
    expect(opened.value.get_by_text("first-try").first).to_be_visible(timeout=START)
    assert opened.value.url.startswith(f"{platform.url}/services/maia-tools/default/mlflow/#/experiments/")
    opened.value.close()


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
    expect(notebook.locator(".jp-OutputArea-output").last).to_contain_text("a/b.txt", timeout=START)
    expect(store).to_contain_text(re.compile(r"scans\s*1 object, 5 B"), timeout=START)
    picture(page, "tools-store")
    page.close()


def test_a_job_that_is_over_becomes_a_run_of_the_projects_mlflow(
    context: BrowserContext, platform: Platform
) -> None:
    started(platform, "alice", "mlflow")
    page = open_lab(context, platform, "alice", "jobs")
    execute(page, "maia:tools-show")
    mlflow = tool(page.locator(PANEL), "MLflow")
    expect(mlflow).to_contain_text("ready", timeout=INSTALLED)
    open_jobs(page)
    opened = submit(page, "forest", MEASURES)
    section = opened.get_by_role("region", name="MLflow")
    further = section.get_by_role("textbox", name="Further files")
    expect(section.get_by_role("button", name="Track in MLflow")).to_be_enabled(timeout=START)
    further.fill("*.pt")
    further.press("Enter")  # what is told of the job's end may lie upon the button
    said = section.get_by_role("status")
    expect(said).to_contain_text(
        re.compile(r"Tracked as run \w+ of “forest”: \d+ parameters, 1 metric\."), timeout=START
    )
    first = said.text_content()
    assert violations(page, ".maia-Hpc-page") == []
    picture(page, "hpc-tracked")
    further.press("Enter")
    expect(section.get_by_role("button", name="Writing to MLflow…")).to_be_visible()
    expect(section.get_by_role("button", name="Track again")).to_be_enabled(timeout=START)
    assert said.text_content() == first
    section.get_by_role("button", name="Open", exact=True).click()
    inside = page.frame_locator("iframe[title='MLflow of default']")
    expect(inside.get_by_text("forest").first).to_be_visible(timeout=START)
    execute(page, "maia:tools-show")
    expect(mlflow.get_by_role("button", name="forest")).to_have_count(1, timeout=START)
    new_notebook(page)
    run_cell(page, FOUND)
    expect(page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output").last).to_contain_text(
        "[('0.1', 0.9, ['job.sh', 'metrics.json', 'params.json', 'weights.pt'])]", timeout=START
    )
    page.close()


def test_a_job_of_the_command_line_becomes_one_run_and_a_refusal_names_no_secret(
    platform: Platform, tmp_path: Path
) -> None:
    started(platform, "alice", "mlflow")
    told = {"HOME": str(tmp_path), **environment(platform, "alice")}

    def hpc(*words: str, **variables: str) -> str:
        done = maia("hpc", *words, **{**told, **variables})
        return done.stdout if done.returncode == 0 else f"refused: {done.stderr}"

    token = json.loads(hpc("submit", "--json", "--name", "terminal", "--", "bash", "-c", MEASURES))["token"]
    eventually(lambda: json.loads(hpc("ls", "--json"))[0]["state"] == "COMPLETED", "the end of the job")
    refused = hpc("track", token, MLFLOW_TRACKING_TOKEN="a-guess")
    assert refused.startswith("refused: ")
    assert "MLflow says" in refused
    assert "a-guess" not in refused
    first = json.loads(hpc("track", "--json", token))
    assert (first["experiment"], first["metrics"]) == ("terminal", 1)
    assert json.loads(hpc("track", "--json", token, "*.pt")) == first
