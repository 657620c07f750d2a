"""What the sixth notebook shows of a radiologist's work in OHIF, done once more (`make soak`), with its pictures.

`python -m tests.notebooks.pictures` puts those into the notebook.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np
import pytest
from nilearn.datasets import load_mni152_template
from playwright.sync_api import BrowserContext, Page, expect
from pydicom import dcmread

from maia_hub.imaging import DicomWeb, Mask, nifti_to_dicom, read_series, seg_to_mask
from tests.e2e.annotating import served, submit
from tests.e2e.browser import picture
from tests.e2e.lab import START
from tests.e2e.tools import PREFIX, Tools
from tests.platform import Platform, eventually

pytestmark = [pytest.mark.soak, pytest.mark.browser]
APP = """
import tempfile

import SimpleITK as sitk
from monailabel.interfaces.app import MONAILabelApp
from monailabel.interfaces.tasks.infer_v2 import InferTask, InferType

LABELS = {"grey matter": 1, "white matter": 2}


class Tissue(InferTask):
    def __init__(self):
        super().__init__(InferType.SEGMENTATION, LABELS, 3, "Tissues of the brain by their brightness alone")

    def is_valid(self):
        return True

    def __call__(self, request):
        image = sitk.ReadImage(request["image"])
        found = sitk.Cast((image > 420) + (image > 650), sitk.sitkUInt8)
        file = tempfile.NamedTemporaryFile(suffix=".nrrd", delete=False).name
        sitk.WriteImage(found, file, False)
        return file, {"label_names": LABELS}


class App(MONAILabelApp):
    def __init__(self, app_dir, studies, conf):
        super().__init__(app_dir, studies, conf, name="Tissue", description="Tissue", labels=list(LABELS))

    def init_infers(self):
        return {"tissue": Tissue()}

    def init_trainers(self):
        return {}

    def init_strategies(self):
        return {}
"""
SLICES = slice(30, 36)


@pytest.fixture
def study(platform: Platform, tmp_path: Path) -> Iterator[tuple[Tools, str]]:
    """Six slices of a real head in the project's archive."""
    head = load_mni152_template(resolution=2)
    voxels = np.asarray(head.dataobj)[:, :, SLICES]
    scaled = (1000 * voxels / voxels.max()).astype(np.int16)
    written = nifti_to_dicom(
        nibabel.Nifti1Image(scaled, head.affine), tmp_path / "head", "MR", description="Head"
    )
    images = [dcmread(file) for file in sorted((tmp_path / "head").rglob("*.dcm"))]
    assert images, written
    tools = Tools(platform, "alice")
    tools.start("orthanc")
    tools.send_images(images)
    yield tools, str(images[0].StudyInstanceUID)
    tools.close()


def test_a_radiologist_corrects_what_a_model_proposes(
    context: BrowserContext, platform: Platform, study: tuple[Tools, str], tmp_path: Path
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 1100, "height": 640})
    viewer = served(platform, "alice", "tissue", APP)
    page.goto(f"{viewer}/monai-label?StudyInstanceUIDs={study[1]}")
    expect(page.locator("canvas").first).to_be_visible(timeout=START)
    page.locator(".monaiLabelPanel button.actionButton").click()
    page.get_by_text("Active Learning", exact=True).click()
    page.get_by_role("button", name="Run", exact=True).first.click()
    expect(page.get_by_text("Running Segmentation - Successful")).to_be_visible(timeout=START)
    picture(page, "06-proposed")
    page.get_by_label("Correct", exact=True).select_option("white matter")
    page.get_by_label("Size", exact=True).select_option("20 mm")
    page.get_by_role("button", name="Brush", exact=True).click()
    paint(page)
    submit(page)
    expect(page.get_by_text("Submitted in your name: grey matter, white matter.")).to_be_visible(
        timeout=START
    )
    picture(page, "06-corrected")
    page.close()
    before, after = proposed(tmp_path / "head"), submitted(platform, study[1], tmp_path)
    added = (before.array != 2) & (after.array == 2)
    assert added.sum() > 20
    assert (before.array != after.array).sum() == added.sum()


def paint(page: Page) -> None:
    """Draw a stroke in the first view, as a hand does."""
    box = page.locator("canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 15, y)
    page.mouse.down()
    for step in range(31):
        page.mouse.move(x - 15 + step, y)
    page.mouse.up()


def proposed(head: Path) -> Mask:
    """Return what the model finds in the images."""
    volume = read_series(head)
    seen = np.asarray(volume.array)
    return Mask((seen > 420).astype(np.uint8) + (seen > 650), volume.affine)


def submitted(platform: Platform, study: str, folder: Path) -> Mask:
    """Return the label that came to the archive."""
    archive = f"{platform.url}{PREFIX}/default/orthanc/dicom-web"
    with DicomWeb(archive, platform.token("alice")) as web:
        *_, label = eventually(lambda: web.instances(study, Modality="SEG"), "a label in the archive")
        web.fetch(study, label.series_uid, into=folder / "label")
    (file,) = (folder / "label").rglob("*.dcm")
    return seg_to_mask(file, folder / "head")
