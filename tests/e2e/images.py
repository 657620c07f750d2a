"""The panel "Images" as a person uses it, and a JupyterLab with an archive of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.dicom import orthanc as servers
from tests.dicom.orthanc import AET, Orthanc
from tests.e2e.alone import Alone, alone
from tests.e2e.lab import START, execute

PANEL = "#maia-images-panel"


@contextmanager
def archive() -> Iterator[Orthanc]:
    """Let an archive run for a while that wants no password."""
    with servers.running(settings={"AuthenticationEnabled": False}) as started:
        yield started


def lab_of(orthanc: Orthanc, home: Path) -> AbstractContextManager[Alone]:
    """Let a JupyterLab run for a while whose project has this archive."""
    variables = {
        "MAIA_DICOMWEB_URL": orthanc.url,
        "MAIA_DICOM_HOST": "127.0.0.1",
        "MAIA_DICOM_PORT": str(orthanc.dicom_port),
        "MAIA_DICOM_AET": AET,
    }
    return alone(home, **variables)


def open_panel(page: Page) -> Locator:
    execute(page, "maia:images-show")
    panel = page.locator(PANEL)
    expect(panel.get_by_role("search", name="Search for studies")).to_be_visible(timeout=START)
    return panel


def rows(panel: Locator) -> Locator:
    return panel.get_by_role("row")


def find(panel: Locator, patient: str) -> None:
    """Search for a patient's one study and open it."""
    panel.get_by_label("Patient ID").fill(patient)
    panel.get_by_role("button", name="Search", exact=True).click()
    expect(rows(panel)).to_have_count(1, timeout=START)
    rows(panel).click()
    expect(rows(panel).filter(has_text="Series 2")).to_be_visible(timeout=START)
