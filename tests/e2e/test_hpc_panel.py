"""The panel "HPC jobs" in a real browser, with plain processes of this machine as jobs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.alone import Alone, alone
from tests.e2e.browser import picture, violations
from tests.e2e.lab import START, execute, notification

pytestmark = pytest.mark.browser

PANEL = "#maia-hpc-panel"
PAGE = ".maia-Hpc-page:visible"
BESIDE = """() => {
    const { shell } = window.jupyterapp;
    shell.add([...shell.widgets('left')].find(each => each.id === 'maia-hpc-panel'), 'right');
}"""
RUNS_OUT = """bar => {
    const [left] = bar.getAnimations();
    const { duration } = left.effect.getTiming();
    left.finish();
    return duration;
}"""
"""Let the time that a notification stays run out at once; return the milliseconds that it would have been."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    with alone(tmp_path_factory.mktemp("home")) as started:
        yield started


def open_panel(page: Page) -> Locator:
    execute(page, "maia:hpc-show")
    panel = page.locator(PANEL)
    expect(panel.get_by_role("region", name="Systems")).to_be_visible()
    return panel


def form(page: Page) -> Locator:
    return page.get_by_role("form", name="New job")


def submit(page: Page, name: str, command: str) -> Locator:
    """Submit a job by the form; return its page."""
    page.locator(PANEL).get_by_role("button", name="New job…").click()
    form(page).get_by_role("textbox", name="Name").fill(name)
    form(page).get_by_role("textbox", name="Command").fill(command)
    form(page).get_by_role("button", name="Submit", exact=True).click()
    opened = page.locator(PAGE)
    expect(opened.get_by_role("heading", name=name, exact=True)).to_be_visible()
    return opened


def tool(page: Page, name: str) -> Locator:
    """Return a button above the job's page that is seen."""
    return page.locator(".jp-MainAreaWidget:visible .jp-ToolbarButtonComponent", has_text=name)


def test_a_job_is_described_previewed_submitted_read_while_it_runs_and_cancelled(
    lab: Page, server: Alone
) -> None:
    panel = open_panel(lab)
    expect(panel).to_contain_text("You have no Slurm system yet")
    panel.get_by_text("Add a system…").click()
    expect(panel.get_by_role("combobox", name="Which one")).to_contain_text("alvis")
    assert violations(lab, PANEL) == []
    picture(lab, "hpc-empty")
    panel.get_by_role("button", name="New job…").click()
    form(lab).get_by_role("textbox", name="Memory").fill("much")
    form(lab).get_by_role("textbox", name="Command").fill("echo begun; sleep 600")
    expect(lab.locator(PAGE)).to_contain_text("must be a whole number with a unit: 512M, 16G, 1T")
    form(lab).get_by_role("button", name="Try something out").click()
    script = lab.get_by_label("The script that is submitted").last
    expect(script).to_contain_text("#SBATCH --time=0-00:15:00")
    expect(script).to_contain_text("exec -- bash -c 'echo begun; sleep 600'")
    assert violations(lab, PAGE.replace(":visible", "")) == []
    picture(lab, "hpc-form")
    form(lab).get_by_role("button", name="Submit", exact=True).click()
    log = lab.get_by_role("log", name="What the job writes")
    expect(log).to_have_text("begun\n")
    expect(panel.get_by_role("button", name=re.compile("echo.*running", re.S))).to_be_visible()
    picture(lab, "hpc-running")
    tool(lab, "Cancel…").click()
    lab.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
    expect(lab.locator(PAGE)).to_contain_text("It was cancelled, by you or an administrator")
    execute(lab, "apputils:change-theme", {"theme": "JupyterLab Dark"})
    expect(lab.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    assert violations(lab, PANEL) + violations(lab, ".maia-Hpc-page") == []
    picture(lab, "hpc-dark")
    execute(lab, "apputils:change-theme", {"theme": "JupyterLab Light"})


def test_a_job_is_submitted_again_with_changes_and_the_list_is_filtered(lab: Page, server: Alone) -> None:
    panel = open_panel(lab)
    submit(lab, "first try", "exit 7")
    expect(lab.locator(PAGE)).to_contain_text("Its command ended with an error")
    expect(lab.locator(PAGE)).to_contain_text("7:0")
    tool(lab, "Submit again with changes…").click()
    expect(form(lab).get_by_role("textbox", name="Command")).to_have_value("exit 7")
    form(lab).get_by_role("textbox", name="Command").fill("echo mended")
    form(lab).get_by_role("textbox", name="Name").fill("second try")
    form(lab).get_by_role("button", name="Submit", exact=True).click()
    expect(lab.get_by_role("log", name="What the job writes").last).to_have_text("mended\n")
    jobs = panel.get_by_role("region", name="Jobs").get_by_role("listitem")
    expect(jobs.filter(has_text="second try")).to_contain_text("done")
    told = r"\d jobs have ended.*, \d of them not well. The last: “second try” on .* is done"
    expect(notification(lab, told)).to_have_count(1)
    expect(notification(lab, "Its command ended with an error")).to_have_count(0)
    picture(lab, "hpc-ends")
    panel.get_by_role("combobox", name="State").select_option("not done")
    expect(jobs.filter(has_text="second try")).to_have_count(0)
    expect(jobs.filter(has_text="first try")).to_have_count(1)
    panel.get_by_role("combobox", name="State").select_option("any state")
    panel.get_by_role("searchbox").fill("try sec")
    expect(jobs).to_have_count(1)


def test_a_job_of_the_command_line_is_in_every_tab(lab: Page, browser: Browser, server: Alone) -> None:
    panel = open_panel(lab)
    second = lab.context.new_page()
    second.goto(f"{server.url}/lab/workspaces/second")
    second.wait_for_function("window.jupyterapp", timeout=START)
    second.evaluate("async () => { await window.jupyterapp.restored; }")
    other = open_panel(second)
    server.maia("hpc", "submit", "--name", "from a terminal", "--", "sleep", "1")
    for each in (panel, other):
        expect(each.get_by_role("listitem").filter(has_text="from a terminal")).to_contain_text("done")


def test_a_system_is_added_by_its_form_and_what_is_wrong_is_said(lab: Page, server: Alone) -> None:
    panel = open_panel(lab)
    panel.get_by_text("Add a system…").click()
    adding = panel.get_by_role("form", name="New system")
    adding.get_by_role("combobox", name="Which one").select_option("")
    adding.get_by_role("textbox", name="Name").fill("Our cluster")
    adding.get_by_role("textbox", name="Login node").fill("login.invalid")
    adding.get_by_role("button", name="Add it").click()
    expect(adding.get_by_role("alert")).to_contain_text("no name for a system")
    assert violations(lab, PANEL) == []
    picture(lab, "hpc-add")
    adding.get_by_role("textbox", name="Name").fill("ours")
    adding.get_by_role("button", name="Add it").click()
    expect(panel.get_by_role("region", name="Systems").get_by_role("listitem")).to_have_count(2)
    file = server.home / ".maia" / "systems" / "ours.yaml"
    assert file.read_text() == "control:\n  host: login.invalid\n"
    file.unlink()


def test_a_notebook_is_sent_by_dragging_it_onto_the_panel(lab: Page, server: Alone) -> None:
    nbformat.write(new_notebook(cells=[new_code_cell("1")]), server.home / "dragged.ipynb")
    lab.evaluate(BESIDE)
    panel = open_panel(lab)
    execute(lab, "filebrowser:activate")
    execute(lab, "filebrowser:refresh")
    listed = lab.locator(".jp-DirListing-item", has_text="dragged.ipynb")
    expect(listed).to_be_visible()
    expect(panel).to_be_visible()
    item, target = listed.bounding_box(), panel.bounding_box()
    assert item
    assert target
    lab.mouse.move(item["x"] + 40, item["y"] + 5)
    lab.mouse.down()
    lab.mouse.move(target["x"] + 60, target["y"] + 200, steps=20)
    expect(lab.locator(f"{PANEL}.maia-mod-drop")).to_be_visible()
    lab.mouse.up()
    expect(form(lab)).to_contain_text("The notebook dragged.ipynb goes along")
    expect(lab.locator(f"{PANEL}.maia-mod-drop")).to_have_count(0)


def test_a_notebook_is_sent_from_the_file_browser_executed_and_comes_back(lab: Page, server: Alone) -> None:
    notebook = new_notebook(cells=[new_code_cell("print(6 * 7)")])
    nbformat.write(notebook, server.home / "train.ipynb")
    open_panel(lab)
    execute(lab, "filebrowser:activate")
    execute(lab, "filebrowser:refresh")
    lab.locator(".jp-DirListing-item", has_text="train.ipynb").click(button="right")
    lab.get_by_role("menuitem", name="Send this notebook to a system…").click()
    expect(form(lab)).to_contain_text("The notebook train.ipynb goes along")
    expect(lab.get_by_role("group", name="The script that is submitted")).to_contain_text(
        "maia_run_notebook.py"
    )
    picture(lab, "hpc-send")
    form(lab).get_by_role("button", name="Submit", exact=True).click()
    done = notification(lab, "“train” on .* is done")
    expect(done).to_be_visible(timeout=START)
    assert done.locator(".Toastify__progress-bar").evaluate(RUNS_OUT) == 60_000
    expect(done).to_have_count(0)
    back = notification(lab, "train.executed.ipynb is back")
    back.get_by_role("button", name="Open the notebook").click()
    expect(lab.locator(".jp-OutputArea-output")).to_contain_text("42", timeout=START)


def test_the_end_of_a_job_is_told_and_its_files_are_fetched(lab: Page, server: Alone) -> None:
    open_panel(lab)
    opened = submit(lab, "makes files", "mkdir out; echo 1 > out/a.pt; echo 2 > out/b.txt; exit 1")
    told = notification(lab, "“makes files” on .* has ended: failed. Its command ended with an error")
    # No animation takes it away: it stays until somebody closes it.
    expect(told.locator(".Toastify__progress-bar--controlled")).to_have_count(1, timeout=START)
    told.get_by_role("button", name="Open it").click()
    files = opened.get_by_role("region", name="Files")
    files.get_by_role("button", name="out/").click()
    expect(files.get_by_role("row").filter(has_text="a.pt")).to_contain_text("2 B")
    files.get_by_role("textbox", name="Which files").fill("*.pt")
    files.get_by_role("textbox", name="To the folder").fill("results/made")
    assert violations(lab, ".maia-Hpc-page") == []
    picture(lab, "hpc-files")
    files.get_by_role("button", name="Fetch", exact=True).click()
    expect(notification(lab, "1 file is in results/made")).to_be_visible()
    assert (server.home / "results" / "made" / "out" / "a.pt").read_text() == "1\n"
    assert not (server.home / "results" / "made" / "out" / "b.txt").exists()


def test_what_a_job_made_of_what_it_was_given_is_seen_and_read(lab: Page, server: Alone) -> None:
    """The numbers stand in for a system that counts, which this machine's plain processes have not."""
    used = {"seconds": 5400, "cpus": 16, "cpu_share": 0.12, "gpus": 2, "gpu_share": None}
    memory = {"memory": 3 << 30, "memory_given": 64 << 30, "memory_share": 3 / 64}
    lab.route(re.compile("/efficiency"), lambda route: route.fulfill(json={**used, **memory}))
    open_panel(lab)
    opened = submit(lab, "frugal", "true")
    section = opened.get_by_role("region", name="What it used in 1 h 30 min")
    expect(section.get_by_role("meter", name="CPUs")).to_have_attribute("value", "0.12")
    expect(section).to_contain_text("12 % of 16 CPUs")
    expect(section).to_contain_text("5 % of 64 GiB")
    expect(section.get_by_role("meter", name="GPUs")).to_have_count(0)
    assert violations(lab, ".maia-Hpc-page") == []
    picture(lab, "hpc-efficiency")
