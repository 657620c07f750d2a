"""The panel "Project" in a real browser, with a door that stands in for the real one: every state at will."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.alone import Alone, alone
from tests.e2e.browser import picture, violations
from tests.e2e.lab import START, execute, new_notebook, notification, run_cell
from tests.lab.toolsdoor import SECRET, TOKEN, ToolsDoor, card, tools_door

pytestmark = pytest.mark.browser

PANEL = "#maia-tools-panel"
LOSS = [1.0, 0.62, 0.41, 0.33, 0.36, 0.24, 0.21]


@pytest.fixture(scope="module")
def door() -> Iterator[ToolsDoor]:
    with tools_door() as stands:
        yield stands


@pytest.fixture(scope="module")
def server(door: ToolsDoor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    variables = {"MAIA_TOOLS_URL": door.url, "MAIA_PROJECT": "default", "JUPYTERHUB_API_TOKEN": TOKEN}
    with alone(tmp_path_factory.mktemp("home"), **variables) as started:
        yield started


@pytest.fixture
def lab(browser: Browser, server: Alone, door: ToolsDoor) -> Iterator[Page]:
    door.broken = None
    door.environments["default"] = {
        "MLFLOW_TRACKING_URI": "http://there/mlflow",
        "S3_ENDPOINT_URL": "http://here",
    }
    door.cards["default"] = full()
    page = server.open(browser)
    yield page
    page.context.close()


def full() -> list[dict[str, object]]:
    runs = [
        {
            "name": "gentle-fox-12",
            "metric": "loss",
            "values": LOSS,
            "url": "#/experiments/0/runs/1",
        },
        {"name": "a-run-with-quite-a-long-name-of-its-own-7", "metric": "val_dice", "values": [0.1, 0.88]},
    ]
    buckets = [{"name": "artifacts", "bytes": 1_234_567_890, "objects": 812}]
    return [
        card(
            "mlflow", "mlflow", version="3.17.0", fact={"runs": runs}, snippet="import mlflow\nprint(mlflow)"
        ),
        card("store", "s3", version="1.8.0", opens="none", fact={"buckets": buckets}),
        card(
            "orthanc",
            "orthanc",
            "unreachable",
            reason="Nothing answers at pacs.example.org:8042.",
            local=False,
        ),
        card("ohif", "ohif", "installing", progress=0.4, doing="Fetching @ohif/app, 82 of 204 MB"),
        card("board", "tensorboard", "stopped", title="TensorBoard"),
        card(
            "studio",
            "label_studio",
            "failing",
            title="Label Studio",
            reason="Ended with status 1: no space left.",
        ),
    ]


def open_panel(page: Page) -> Locator:
    execute(page, "maia:tools-show")
    panel = page.locator(PANEL)
    expect(panel.get_by_role("region", name="Tools of")).to_be_visible()
    return panel


def tool(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("listitem", name=name, exact=True)


def test_each_tool_says_how_it_fares_and_what_matters(lab: Page) -> None:
    panel = open_panel(lab)
    mlflow = tool(panel, "MLflow")
    expect(mlflow).to_contain_text("ready")
    expect(mlflow).to_contain_text("Version 3.17.0")
    line = mlflow.get_by_role("img", name="loss over 7 steps: from 1 to 0.21, lowest 0.21, highest 1")
    expect(line).to_be_visible()
    expect(tool(panel, "S3 store")).to_contain_text("812 objects, 1.2 GB")
    expect(tool(panel, "Orthanc")).to_contain_text("Nothing answers at pacs.example.org:8042.")
    expect(tool(panel, "Orthanc")).to_contain_text(re.compile("Since Sat 21 Nov"))
    expect(tool(panel, "Orthanc")).to_contain_text("It runs elsewhere")
    expect(tool(panel, "Orthanc").get_by_role("button", name="Start")).to_have_count(0)
    expect(mlflow).not_to_contain_text("elsewhere")
    expect(tool(panel, "OHIF").get_by_role("progressbar")).to_have_attribute("value", "0.4")
    expect(tool(panel, "Label Studio")).to_contain_text("no space left")
    expect(panel).to_contain_text("Kernels and terminals know 2 names")
    assert violations(lab, PANEL) == []
    picture(lab, "tools-light")
    execute(lab, "apputils:change-theme", {"theme": "JupyterLab Dark"})
    expect(lab.locator("body[data-jp-theme-light='false']")).to_have_count(1)
    assert violations(lab, PANEL) == []
    picture(lab, "tools-dark")
    execute(lab, "apputils:change-theme", {"theme": "JupyterLab Light"})
    expect(lab.locator("body[data-jp-theme-light='true']")).to_have_count(1)
    lab.set_viewport_size({"width": 480, "height": 800})
    picture(lab, "tools-narrow")
    wide = panel.evaluate("node => node.scrollWidth > node.clientWidth")
    assert not wide


def test_a_tool_is_started_and_stopped_by_the_keyboard_and_what_becomes_of_it_is_said(
    lab: Page, door: ToolsDoor
) -> None:
    panel = open_panel(lab)
    board = tool(panel, "TensorBoard")
    board.get_by_role("button", name="Start").focus()
    lab.keyboard.press("Enter")
    expect(board).to_contain_text("ready")
    expect(panel.get_by_text("TensorBoard: ready")).to_be_attached()
    board.get_by_role("button", name="Stop").click()
    lab.get_by_role("dialog").get_by_role("button", name="Stop it").click()
    expect(board).to_contain_text("Since")
    door.broken = 503
    door.change()
    expect(panel.get_by_role("alert")).to_contain_text("What you see may be old.")
    door.broken = None
    expect(panel.get_by_role("alert")).to_have_count(0)


def test_a_page_opens_in_a_tab_that_has_no_rights_in_lab(lab: Page) -> None:
    panel = open_panel(lab)
    tool(panel, "MLflow").get_by_role("button", name="Open", exact=False).first.click()
    frame = lab.locator("iframe[title='MLflow of default']")
    expect(frame).to_have_attribute("src", re.compile("/services/maia-tools/default/mlflow/$"))
    sandbox = (frame.get_attribute("sandbox") or "").split()
    assert "allow-scripts" in sandbox
    assert "allow-same-origin" not in sandbox
    assert "allow-top-navigation" not in sandbox
    tool(panel, "MLflow").get_by_role("button", name="gentle-fox-12").click()
    expect(frame).to_have_attribute("src", re.compile("/mlflow/#/experiments/0/runs/1$"))
    execute(lab, "launcher:create")
    expect(lab.locator(".jp-LauncherCard:visible", has_text="MLflow").first).to_be_visible()


def test_a_page_in_a_tab_goes_where_it_asks_to_within_its_own_tool(lab: Page) -> None:
    blank = "<!doctype html><title>Tool</title>"
    lab.route("**/services/maia-tools/**", lambda route: route.fulfill(body=blank, content_type="text/html"))
    tool(open_panel(lab), "MLflow").get_by_role("button", name="Open", exact=False).first.click()
    frame = lab.locator("iframe[title='MLflow of default']")
    gone = frame.evaluate_handle(
        "frame => { const gone = []; new MutationObserver(() => gone.push(frame.src))"
        ".observe(frame, { attributeFilter: ['src'] }); return gone; }"
    )
    asks = "(body, to) => parent.postMessage({ 'maia.page': to }, '*')"
    inside = lab.frame_locator("iframe[title='MLflow of default']").locator("body")
    for path in ("../orthanc/app", "https://example.org/", "/lab", "runs/1"):
        inside.evaluate(asks, path)
    expect(frame).to_have_attribute("src", re.compile("/services/maia-tools/default/mlflow/runs/1$"))
    assert {urlsplit(url).path for url in gone.json_value()} <= {
        "",
        "/services/maia-tools/default/mlflow/runs/1",
    }


def test_an_example_goes_into_a_notebook(lab: Page) -> None:
    panel = open_panel(lab)
    tool(panel, "MLflow").get_by_role("button", name="Use in notebook").click()
    notebook = lab.locator(".jp-NotebookPanel")
    expect(notebook.locator(".jp-Cell").first).to_contain_text("import mlflow", timeout=START)
    tool(panel, "MLflow").get_by_role("button", name="Use in notebook").click()
    expect(notebook.locator(".jp-Cell", has_text="print(mlflow)")).to_have_count(2)


def test_credentials_are_shown_when_asked_for_and_changed_and_kernels_told(
    lab: Page, door: ToolsDoor
) -> None:
    panel = open_panel(lab)
    notebook = new_notebook(lab)
    tool(panel, "S3 store").get_by_role("button", name="Credentials").click()
    dialog = panel.get_by_role("dialog")
    expect(dialog).to_contain_text("alice-1")
    expect(dialog).not_to_contain_text(SECRET)
    dialog.get_by_role("button", name="Show Secret").click()
    expect(dialog).to_contain_text(SECRET)
    assert violations(lab, "dialog") == []
    picture(lab, "tools-credentials")
    dialog.get_by_role("button", name="Change them…").click()
    asked = dialog.get_by_role("alertdialog")
    expect(asked.get_by_role("button", name="Keep them")).to_be_focused()
    door.broken = 503
    asked.get_by_role("button", name="Change them").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    door.broken = None
    dialog.get_by_role("button", name="Change them…").click()
    asked.get_by_role("button", name="Change them").click()
    expect(asked).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()
    expect(panel).to_contain_text(re.compile("not know what the tools tell now"))
    expect(panel).to_contain_text("Untitled")
    picture(lab, "tools-behind")
    panel.get_by_role("button", name="Tell them now").click()
    expect(panel).not_to_contain_text("not know what the tools tell")
    run_cell(lab, "import os; os.environ['AWS_SECRET_ACCESS_KEY']")
    expect(notebook.locator(".jp-OutputArea-output")).to_contain_text("another-secret")
    assert notification(lab, "not told").count() == 0


def test_logs_and_another_project_and_none(lab: Page, door: ToolsDoor) -> None:
    panel = open_panel(lab)
    tool(panel, "Label Studio").get_by_role("button", name="Log").click()
    expect(panel.get_by_role("dialog").get_by_role("log")).to_contain_text("Listening")
    lab.keyboard.press("Escape")
    expect(panel.get_by_role("dialog")).to_have_count(0)
    panel.get_by_role("combobox", name="Project").select_option("vision")
    expect(panel).to_contain_text("This project has no tools.")
    assert violations(lab, PANEL) == []
    picture(lab, "tools-empty")
    panel.get_by_role("combobox", name="Project").select_option("default")
    expect(tool(panel, "MLflow")).to_be_visible()
