"""A radiologist's way by the browser alone, in the OHIF of the real MONAI Label: a model's proposal becomes a label."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, expect
from pydicom import dcmread

from maia_hub.imaging import DicomWeb, seg_to_mask
from tests.dicom import series
from tests.e2e.annotating import served, submit
from tests.e2e.browser import picture
from tests.e2e.lab import START
from tests.e2e.tools import PREFIX, Tools
from tests.platform import Platform, eventually

pytestmark = pytest.mark.browser

MADE = series.Made(patient="P042", name="Test^Anna", slices=6, size=64)
APP = """
import tempfile

import SimpleITK as sitk
from monailabel.interfaces.app import MONAILabelApp
from monailabel.interfaces.tasks.infer_v2 import InferTask, InferType

LABELS = {"liver": 1, "spleen": 2}


class Boxes(InferTask):
    def __init__(self):
        super().__init__(InferType.SEGMENTATION, LABELS, 3, "Two boxes, which lie otherwise in any mirror")

    def is_valid(self):
        return True

    def __call__(self, request):
        image = sitk.ReadImage(request["image"])
        found = sitk.Image(image.GetSize(), sitk.sitkUInt8)
        found.CopyInformation(image)
        found[4:20, 8:40, 0:3] = 1
        found[30:60, 50:60, 4:5] = 2
        file = tempfile.NamedTemporaryFile(suffix=".nrrd", delete=False).name
        sitk.WriteImage(found, file, False)
        return file, {"label_names": LABELS}


class App(MONAILabelApp):
    def __init__(self, app_dir, studies, conf):
        super().__init__(app_dir, studies, conf, name="Boxes", description="Boxes", labels=LABELS)

    def init_infers(self):
        return {"boxes": Boxes()}

    def init_trainers(self):
        return {}

    def init_strategies(self):
        return {}
"""


@pytest.fixture(scope="module")
def tools(platform: Platform) -> Iterator[Tools]:
    """Alice's program, with an Orthanc that has one series."""
    program = Tools(platform, "alice")
    program.start("orthanc")
    program.send_images(series.study(MADE))
    yield program
    program.close()


@pytest.fixture(scope="module")
def viewer(context: BrowserContext, platform: Platform, tools: Tools) -> str:
    """The address of OHIF, of a MONAI Label in Alice's workspace."""
    return served(platform, "alice", "boxes", APP)


def test_what_a_model_proposes_is_submitted_from_ohif_and_comes_to_the_archive_signed(
    context: BrowserContext, platform: Platform, viewer: str, tmp_path: Path
) -> None:
    """As the first that this browser opens: nobody has signed in to the images before."""
    page = context.new_page()
    study = next(iter(series.study(MADE))).StudyInstanceUID
    page.goto(f"{viewer}/monai-label?StudyInstanceUIDs={study}")
    expect(page.get_by_text("4/6").first).to_be_visible(timeout=START)
    page.locator(".monaiLabelPanel button.actionButton").click()
    page.get_by_text("Active Learning", exact=True).click()
    submit(page)
    expect(page.get_by_text("Nothing is drawn yet")).to_be_visible()
    page.get_by_role("button", name="Run", exact=True).first.click()
    expect(page.get_by_text("Running Segmentation - Successful")).to_be_visible(timeout=START)
    page.route("**/datastore/label?*", lambda route: route.abort())
    submit(page)
    expect(page.get_by_text("What you drew is still here. Submit again")).to_be_visible()
    page.unroute("**/datastore/label?*")
    page.route("**/datastore/label?*", lambda route: route.fulfill(status=401))
    submit(page)
    expect(page.get_by_text("You are no longer signed in. What you drew is still here.")).to_be_visible()
    page.unroute("**/datastore/label?*")
    submit(page)
    expect(page.get_by_text("Submitted in your name: liver, spleen.")).to_be_visible(timeout=START)
    picture(page, "monailabel-ohif-submitted")
    page.close()

    with DicomWeb(f"{platform.url}{PREFIX}/default/orthanc/dicom-web", platform.token("alice")) as web:
        *_, label = eventually(lambda: web.instances(study, Modality="SEG"), "a label in the archive")
        web.fetch(study, label.series_uid, into=tmp_path / "label")
    (file,) = (tmp_path / "label").rglob("*.dcm")
    assert str(dcmread(file).ContentCreatorName) == "alice"
    series.write(tmp_path / "image", MADE)
    mask = seg_to_mask(file, tmp_path / "image")
    assert {number: each.name for number, each in mask.labels.items()} == {1: "liver", 2: "spleen"}
    drawn = np.zeros(mask.array.shape)
    drawn[4:20, 8:40, 0:3] = 1
    drawn[30:60, 50:60, 4:5] = 2
    np.testing.assert_array_equal(mask.array, drawn)
