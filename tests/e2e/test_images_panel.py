"""The panel "Images" in a real browser, with a real Orthanc."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.dicom import orthanc as servers
from tests.dicom import series
from tests.dicom.orthanc import AET, Orthanc
from tests.e2e.alone import Alone
from tests.e2e.browser import picture, violations
from tests.e2e.images import PANEL, archive, find, lab_of, open_panel, rows
from tests.e2e.lab import START, execute, kernel_answers

pytestmark = pytest.mark.browser

STUDIES = 24


@pytest.fixture(scope="module")
def orthanc() -> Iterator[Orthanc]:
    with archive() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, orthanc: Orthanc) -> Iterator[Alone]:
    with lab_of(orthanc, tmp_path_factory.mktemp("home")) as started:
        yield started


@pytest.fixture
def empty(orthanc: Orthanc) -> Orthanc:
    orthanc.clear()
    return orthanc


@pytest.fixture
def full(empty: Orthanc) -> Orthanc:
    for n in range(STUDIES):
        made = series.Made(
            patient=f"P{n:03}",
            name=f"Test^Anna{n}",
            date=f"2026{n % 12 + 1:02}{n % 28 + 1:02}",
            description=f"{'Head' if n % 2 else 'Thorax'} {n}",
            modality="MR" if n % 2 else "CT",
            series=2,
            slices=3,
            size=64,
        )
        for dataset in series.study(made):
            empty.store(dataset)
    return empty


def theme(page: Page, name: str) -> None:
    execute(page, "apputils:change-theme", {"theme": f"JupyterLab {name}"})
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", str(name == "Light").lower())


def widen(page: Page, width: int) -> None:
    """Drag the sidebar's edge."""
    box = page.locator(PANEL).bounding_box()
    assert box is not None
    edge = box["x"] + box["width"] + 2
    page.mouse.move(edge, 450)
    page.mouse.down()
    page.mouse.move(box["x"] + width, 450, steps=4)
    page.mouse.up()


def test_studies_are_found_and_opened_and_their_series_have_pictures(full: Orthanc, lab: Page) -> None:
    panel = open_panel(lab)
    expect(panel.get_by_role("status").first).to_have_text(f"{STUDIES} studies")
    panel.get_by_label("Order").select_option("newest")
    expect(rows(panel).first).to_contain_text("2026-12")
    panel.get_by_label("Patient ID").fill("p00")
    panel.get_by_label("Modality").fill("mr")
    lab.keyboard.press("Enter")
    expect(rows(panel)).to_have_count(5)
    rows(panel).filter(has_text="P003").click()
    series_ = rows(panel).filter(has_text="Series 1")
    expect(series_.locator("img")).to_be_visible(timeout=START)
    assert lab.evaluate(f"document.querySelector('{PANEL} img').naturalWidth") > 30
    series_.click()
    expect(panel.get_by_role("heading", name="Chosen series")).to_be_visible()
    assert violations(lab, PANEL) == []
    picture(lab, "images-narrow")
    widen(lab, 760)
    picture(lab, "images-wide")
    theme(lab, "Dark")
    assert violations(lab, PANEL) == []
    picture(lab, "images-dark")
    theme(lab, "Light")
    panel.get_by_label("Patient ID").fill("nobody")
    panel.get_by_role("button", name="Search", exact=True).click()
    expect(panel).to_contain_text("No study matches")
    panel.get_by_role("button", name="Clear").click()
    expect(panel.get_by_role("status").first).to_have_text(f"{STUDIES} studies")
    assert not re.search("P003|nobody|Anna", lab.url)


def test_the_list_is_walked_by_keyboard(full: Orthanc, lab: Page) -> None:
    panel = open_panel(lab)
    grid = panel.get_by_role("treegrid", name="Studies")
    expect(rows(panel).first).to_be_visible(timeout=START)
    grid.focus()

    chosen = panel.locator('[aria-selected="true"]')
    expect(chosen).to_have_attribute("aria-rowindex", "1")
    expect(grid).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
    lab.keyboard.press("End")
    expect(chosen).to_have_attribute("aria-rowindex", str(STUDIES))
    expect(chosen).to_be_in_viewport()
    lab.keyboard.press("Home")
    expect(chosen).to_have_attribute("aria-rowindex", "1")
    lab.keyboard.press("ArrowRight")
    expect(chosen).to_have_attribute("aria-expanded", "true")
    expect(rows(panel).filter(has_text="Series 2")).to_be_visible(timeout=START)
    lab.keyboard.press("ArrowRight")
    expect(chosen).to_have_attribute("aria-level", "2")
    lab.keyboard.press("ArrowLeft")
    lab.keyboard.press("ArrowLeft")
    expect(chosen).to_have_attribute("aria-expanded", "false")


def test_a_series_is_loaded_in_a_notebook_and_converted(full: Orthanc, lab: Page, server: Alone) -> None:
    panel = open_panel(lab)
    find(panel, "P002")
    rows(panel).filter(has_text="Series 2").click()
    panel.get_by_role("button", name="Load in notebook").click()
    cell = lab.locator(".jp-NotebookPanel .jp-Cell").first
    expect(cell).to_contain_text("images.load(", timeout=START)
    panel.get_by_role("button", name="Convert to NIfTI…").click()
    dialog = lab.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("made/nifti")
    dialog.get_by_role("button", name="Convert").click()
    done = panel.get_by_role("region", name="What is being done")
    expect(done).to_contain_text(".nii.gz", timeout=START)
    assert len(list((server.home / "made" / "nifti").glob("*.nii.gz"))) == 1
    kernel_answers(lab)
    execute(lab, "notebook:run-all-cells")
    expect(lab.locator(".jp-NotebookPanel canvas").first).to_be_visible(timeout=2 * START)
    picture(lab, "images-notebook")


def dropped(page: Page, *paths: Path) -> None:
    """Drag files and folders from the desktop onto the panel, as the browser itself is told of it."""
    box = page.locator(PANEL).bounding_box()
    assert box is not None
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    where = {"x": box["x"] + 60, "y": box["y"] + 60, "data": data}
    debugger = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        debugger.send("Input.dispatchDragEvent", {"type": kind, **where})


def test_what_is_dropped_from_the_desktop_is_sent_and_refusals_are_told(
    empty: Orthanc, lab: Page, tmp_path: Path
) -> None:
    panel = open_panel(lab)
    expect(panel).to_contain_text("The archive is empty")
    panel.get_by_text("From a terminal or another program").click()
    expect(panel).to_contain_text(f"-aec {AET} 127.0.0.1 {empty.dicom_port}")
    assert violations(lab, PANEL) == []
    picture(lab, "images-empty")
    made = series.Made(slices=5, series=2)
    series.write(tmp_path / "scans" / "deep", made)
    (tmp_path / "scans" / "readme.txt").write_text("no image")
    with zipfile.ZipFile(tmp_path / "head.zip", "w") as archive:
        for path in series.write(tmp_path / "head", series.Made(modality="MR", patient="P9")):
            archive.write(path, path.name)
    dropped(lab, tmp_path / "scans", tmp_path / "head.zip")
    done = panel.get_by_role("region", name="What is being done")
    expect(done).to_contain_text("14 images were taken, 1 file was refused.", timeout=START)
    done.get_by_text("What was refused, and why").click()
    expect(done).to_contain_text("scans/readme.txt")
    assert empty.instances() == 14
    expect(rows(panel)).to_have_count(2)
    picture(lab, "images-sent")
    dropped(lab, tmp_path / "head.zip")
    expect(done).to_contain_text("0 images were taken, 4 were there already.", timeout=START)


def test_what_is_dragged_from_the_file_browser_is_sent(empty: Orthanc, lab: Page, server: Alone) -> None:
    series.write(server.home / "dragged", series.Made(slices=6))
    open_panel(lab)
    lab.evaluate(
        """() => {
            const { shell } = window.jupyterapp;
            const panel = [...shell.widgets('left')].find(widget => widget.id === 'maia-images-panel');
            shell.add(panel, 'right');
            shell.activateById(panel.id);
            shell.activateById('filebrowser');
        }"""
    )
    execute(lab, "filebrowser:refresh")
    item = lab.locator(".jp-DirListing-item").filter(has_text="dragged")
    expect(item).to_be_visible(timeout=START)
    panel = lab.locator(PANEL)
    expect(panel).to_be_visible()
    item.hover()
    lab.mouse.down()
    box = panel.bounding_box()
    assert box is not None
    lab.mouse.move(box["x"] + 80, box["y"] + 80, steps=8)
    lab.mouse.up()
    expect(panel).to_contain_text("6 images were taken.", timeout=START)
    assert empty.instances() == 6


def test_a_study_is_sent_to_a_node_that_answers_and_to_none_that_does_not(full: Orthanc, lab: Page) -> None:
    panel = open_panel(lab)
    find(panel, "P004")
    panel.get_by_role("button", name="Send to another node…").click()
    dialog = lab.get_by_role("dialog", name="Send to another node")
    dialog.get_by_label("Host").fill("127.0.0.1")
    dialog.get_by_label("Port").fill("9")
    dialog.get_by_label("AE title").fill(AET)
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog.locator(".maia-Error")).to_be_visible(timeout=START)
    picture(lab, "images-node")
    with servers.running() as other:
        dialog.get_by_label("Port").fill(str(other.dicom_port))
        dialog.get_by_role("button", name="Ask it (echo)").click()
        expect(dialog).to_contain_text("It answers.", timeout=START)
        dialog.get_by_role("button", name="Send", exact=True).click()
        expect(panel).to_contain_text("6 images were taken.", timeout=START)
        assert other.instances() == 6


def test_an_archive_that_goes_away_is_told_with_the_time_and_comes_back(full: Orthanc, lab: Page) -> None:
    panel = open_panel(lab)
    expect(rows(panel).first).to_be_visible(timeout=START)
    full.stop()
    try:
        panel.get_by_role("button", name="Search", exact=True).click()
        expect(panel.get_by_role("alert")).to_contain_text(
            re.compile(r"No answer from the archive since \d\d:\d\d\."), timeout=START
        )
        expect(rows(panel).first).to_be_visible()
        picture(lab, "images-away")
    finally:
        full.start()
    panel.get_by_role("button", name="Try again").click()
    expect(panel.get_by_role("alert")).to_have_count(0, timeout=START)
    expect(rows(panel).first).to_be_visible()
