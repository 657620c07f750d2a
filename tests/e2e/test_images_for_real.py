"""Images on the real platform: hub, door, Orthanc and OHIF, from the first file to the viewer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.dicom import series
from tests.e2e.browser import picture
from tests.e2e.images import find, open_panel
from tests.e2e.lab import START, execute, kernel_answers, open_lab
from tests.e2e.tools import PREFIX, Tools
from tests.platform import Platform

pytestmark = pytest.mark.browser

MADE = series.Made(patient="P042", name="Test^Anna", description="Thorax", series=2, slices=6, size=64)


@pytest.fixture(scope="module")
def tools(platform: Platform) -> Iterator[Tools]:
    """Alice's program, with Orthanc and OHIF started."""
    program = Tools(platform, "alice")
    for name in ("orthanc", "ohif"):
        program.start(name)
    yield program
    program.close()


def test_files_are_sent_found_loaded_and_seen(
    context: BrowserContext, platform: Platform, tools: Tools, tmp_path: Path
) -> None:
    page = open_lab(context, platform, "alice")
    page.evaluate("async () => { await window.jupyterapp.restored; }")
    panel = open_panel(page)
    expect(panel).to_contain_text("The archive is empty", timeout=START)
    with page.expect_file_chooser() as asked:
        panel.get_by_role("button", name="Files…").click()
    asked.value.set_files(series.write(tmp_path / "scans", MADE))
    expect(panel).to_contain_text("12 images were taken.", timeout=START)
    find(panel, "P042")
    series_ = panel.get_by_role("row").filter(has_text="Series 1")
    expect(series_.locator("img")).to_be_visible(timeout=START)
    series_.click()
    picture(page, "images-behind-the-hub")

    panel.get_by_role("button", name="Load in notebook").click()
    notebook = page.locator(".jp-NotebookPanel")
    expect(notebook.locator(".jp-Cell").first).to_contain_text("images.load(", timeout=START)
    kernel_answers(page)
    execute(page, "notebook:run-all-cells")
    shown, wrong = (
        notebook.locator("canvas"),
        notebook.locator('[data-mime-type$="jupyter.error"], .jp-mod-error'),
    )
    expect(shown.or_(wrong).first).to_be_visible(timeout=2 * START)
    picture(page, "images-behind-the-hub-notebook")
    expect(wrong).to_have_count(0)

    with context.expect_page(timeout=START) as opened:
        panel.get_by_role("button", name="Open in OHIF").click()
    viewer = opened.value
    expect(viewer.locator("canvas").first).to_be_visible(timeout=2 * START)
    expect(viewer.get_by_text("1/6").first).to_be_visible(timeout=2 * START)
    assert viewer.url.startswith(f"{platform.url}{PREFIX}/default/ohif/viewer?StudyInstanceUIDs=")
    picture(viewer, "images-behind-the-hub-ohif")
    viewer.close()
    page.close()
