"""Images are sent without dragging: by buttons, the file browser's menu, and on to nodes that are written down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.dicom import orthanc as servers
from tests.dicom import series
from tests.dicom.orthanc import Orthanc
from tests.e2e.alone import Alone
from tests.e2e.browser import picture, violations
from tests.e2e.images import archive, find, lab_of, open_panel
from tests.e2e.lab import START, execute

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shared_orthanc() -> Iterator[Orthanc]:
    with archive() as started:
        yield started


@pytest.fixture
def orthanc(shared_orthanc: Orthanc) -> Orthanc:
    shared_orthanc.clear()
    return shared_orthanc


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shared_orthanc: Orthanc) -> Iterator[Alone]:
    with lab_of(shared_orthanc, tmp_path_factory.mktemp("home")) as started:
        yield started


@pytest.mark.parametrize(("button", "key", "taken"), [("Files…", "Enter", 5), ("Folder…", "Space", 9)])
def test_files_and_folders_are_chosen_by_keyboard(
    orthanc: Orthanc, lab: Page, tmp_path: Path, button: str, key: str, taken: int
) -> None:
    files = series.write(tmp_path / "scans", series.Made(slices=5))
    series.write(tmp_path / "scans" / "deep", series.Made(slices=4, patient="P2"))
    panel = open_panel(lab)
    panel.get_by_role("button", name="Search", exact=True).focus()
    chosen = panel.get_by_role("button", name=button, exact=True)
    for _ in range(12):
        if chosen.evaluate("node => node === document.activeElement"):
            break
        lab.keyboard.press("Tab")
    expect(chosen).to_be_focused()
    with lab.expect_file_chooser() as opened:
        chosen.press(key)
    opened.value.set_files(tmp_path / "scans" if button == "Folder…" else list(files))
    expect(panel).to_contain_text(f"{taken} images were taken.", timeout=START)
    assert orthanc.instances() == taken


@pytest.mark.parametrize("kind", ["folder", "plain", "ending", "text"])
def test_the_file_browsers_menu_sends_what_can_hold_images(
    orthanc: Orthanc, lab: Page, server: Alone, kind: str
) -> None:
    name = {"folder": f"scans-{kind}", "plain": "IM0001", "ending": "scan.dcm", "text": "notes.md"}[kind]
    made = series.write(server.home / "scans-folder", series.Made(slices=3))
    if kind != "folder":
        (server.home / name).write_bytes(made[0].read_bytes())
    panel = open_panel(lab)
    execute(lab, "filebrowser:activate")
    execute(lab, "filebrowser:refresh")
    lab.locator(".jp-DirListing-item").filter(has_text=name).click(button="right", timeout=START)
    entry = lab.get_by_role("menuitem", name="Send to the image archive")
    expect(lab.get_by_role("menuitem", name="Rename")).to_be_visible()
    if kind == "text":
        expect(entry).to_have_count(0)
        return
    picture(lab, "images-menu")
    entry.click()
    words = "3 images were taken." if kind == "folder" else "1 image was taken."
    expect(panel).to_contain_text(words, timeout=START)
    assert orthanc.instances() == (3 if kind == "folder" else 1)


def test_a_study_is_sent_by_dicomweb_to_a_node_that_is_written_down(
    orthanc: Orthanc, lab: Page, server: Alone
) -> None:
    for dataset in series.study(series.Made(patient="P004", series=2)):
        orthanc.store(dataset)
    nodes = server.home / ".maia" / "nodes"
    nodes.mkdir(parents=True)
    with servers.running() as other:
        user, password = other.login
        written = nodes / "hospital.yaml"
        written.write_text(f"url: {other.url}\nuser: {user}\npassword: '{password}'\n")
        written.chmod(0o644)
        panel = open_panel(lab)
        find(panel, "P004")
        panel.get_by_role("button", name="Send to another node…").click()
        dialog = lab.get_by_role("dialog", name="Send to another node")
        expect(dialog.get_by_label("Node", exact=True)).to_have_value("hospital", timeout=START)
        expect(dialog.get_by_role("alert")).to_contain_text("others than you may read it")
        assert violations(lab, "dialog") == []
        picture(lab, "images-node-open")
        lab.keyboard.press("Escape")
        written.chmod(0o600)
        panel.get_by_role("button", name="Send to another node…").click()
        expect(dialog).to_contain_text(other.url, timeout=START)
        picture(lab, "images-node-written")
        dialog.get_by_role("button", name="Send", exact=True).click()
        expect(panel).to_contain_text("8 images were taken.", timeout=START)
        assert other.instances() == 8
        assert password not in lab.content()
