"""Images of many scanners and of real people, as packages ship them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import data_store
import nibabel as nib
import numpy as np
import pydicom
import pytest
from nilearn import datasets
from pydicom.data import get_testdata_file

from maia_hub.core.errors import NotFound
from maia_hub.imaging import (
    Algorithm,
    BadGeometry,
    BadImage,
    Volume,
    dicom_to_nifti,
    mask_to_rtstruct,
    mask_to_seg,
    nifti_to_dicom,
    read_series,
    rtstruct_to_mask,
    seg_to_mask,
)
from maia_hub.imaging.geometry import turn, turned
from tests.imaging.made import valid
from tests.imaging.test_nifti import same

AUTHOR = Algorithm("MNI tissue probabilities", "2009")


@pytest.fixture(scope="module")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A T1 image of the MNI152 brain as a DICOM series, three millimetres wide so that it is quick."""
    folder = tmp_path_factory.mktemp("brain")
    nifti_to_dicom(datasets.load_mni152_template(resolution=3), folder / "t1", "MR", description="MNI152 T1")
    return folder


def test_a_brain_comes_back_from_dicom(brain: Path, tmp_path: Path) -> None:
    volume = read_series(brain / "t1")
    made = dicom_to_nifti(brain / "t1", tmp_path)[0]
    same(made, volume)
    original: Any = datasets.load_mni152_template(resolution=3)
    image: Any = nib.nifti1.Nifti1Image.from_filename(made.path)
    how = turn(image.affine, image.shape, original.affine)
    assert how is not None
    difference = np.abs(turned(np.asanyarray(image.dataobj), how) - np.asanyarray(original.dataobj))
    assert difference.max() < 1e-5


@pytest.mark.parametrize("kind", ["binary", "labelmap"])
def test_its_tissues_come_back_from_a_segmentation(brain: Path, tmp_path: Path, kind: Any) -> None:
    mask = tissues()
    volume = read_series(brain / "t1")
    mask_to_seg(
        mask, volume, {1: "gray matter", 2: "white matter"}, author=AUTHOR, kind=kind, into=tmp_path / "s.dcm"
    )
    back = seg_to_mask(tmp_path / "s.dcm", of=volume)
    how = turn(mask.affine, mask.shape, volume.affine)
    assert how is not None
    assert (turned(np.asanyarray(mask.dataobj), how) == back.array).all()
    assert [label.kind.meaning for label in back.labels.values()] == ["Gray Matter", "White Matter"]
    valid(tmp_path / "s.dcm", labelmap=kind == "labelmap")


def test_its_tissues_come_back_from_outlines(brain: Path, tmp_path: Path) -> None:
    mask = tissues()
    volume = read_series(brain / "t1")
    mask_to_rtstruct(
        mask, volume, {1: "gray matter", 2: "white matter"}, author=AUTHOR, into=tmp_path / "r.dcm"
    )
    back = rtstruct_to_mask(tmp_path / "r.dcm", volume)
    how = turn(mask.affine, mask.shape, volume.affine)
    assert how is not None
    assert (turned(np.asanyarray(mask.dataobj), how) == back.array).all()
    valid(tmp_path / "r.dcm")


def tissues() -> Any:
    """Return grey matter as 1 and white matter as 2, on the voxels of the T1 image."""
    grey, white = (
        datasets.load_mni152_gm_template(resolution=3),
        datasets.load_mni152_wm_template(resolution=3),
    )
    made = np.zeros(grey.shape, np.uint8)
    made[np.asanyarray(grey.dataobj) > 0.4] = 1
    made[np.asanyarray(white.dataobj) > 0.5] = 2
    return nib.nifti1.Nifti1Image(made, grey.affine)


def sample(name: str) -> Path:
    """Return a file of pydicom or pydicom-data; nothing is downloaded."""
    root = Path(next(iter(data_store.__path__)))
    found = [*root.rglob(name), *Path(pydicom.__file__).parent.rglob(name)]
    return found[0]


@pytest.mark.parametrize(
    ("names", "shape"),
    [
        (["CT_small.dcm"], (128, 128, 1)),
        (["MR_small.dcm"], (64, 64, 1)),
        (["MR_small_RLE.dcm"], (64, 64, 1)),
        (["MR_small_bigendian.dcm"], (64, 64, 1)),
        (["693_J2KR.dcm"], (512, 512, 1)),
        (["MR2_UNCI.dcm"], (1024, 1024, 1)),
        (["eCT_Supplemental.dcm"], (512, 512, 2)),
        (["explicit_VR-UN.dcm"], (512, 512, 1)),
        (["J2K_pixelrep_mismatch.dcm"], (512, 512, 1)),
        (["2062", "2392", "2693", "3023", "3353"], (16, 16, 5)),
    ],
)
def test_scanners_of_many_makes(tmp_path: Path, names: list[str], shape: tuple[int, ...]) -> None:
    (tmp_path / "d").mkdir()
    for name in names:
        shutil.copy(sample(name), tmp_path / "d")
    volume = read_series(tmp_path / "d")
    assert volume.shape == shape
    made = dicom_to_nifti(tmp_path / "d", tmp_path / "n")
    assert len(made) == 1
    same(made[0], volume)
    segmented(volume, tmp_path)


def segmented(volume: Volume, folder: Path) -> None:
    """See that a mask of a series comes back from a segmentation."""
    mask = np.zeros(volume.shape, np.uint8)
    mask[2:9, 3:7] = 1
    if not volume.text("FrameOfReferenceUID"):
        with pytest.raises(BadImage, match="Frame Of Reference") as caught:
            mask_to_seg(mask, volume, {1: "tumor"}, author=AUTHOR)
        assert caught.value.details["tag"] == "FrameOfReferenceUID (0020,0052)"
        return
    seg = mask_to_seg(mask, volume, {1: "tumor"}, author=AUTHOR, into=folder / "seg.dcm")
    assert (seg_to_mask(seg, of=volume).array == mask).all()


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("color-px.dcm", "ImagePositionPatient (0020,0032)"),
        ("OBXXXX1A.dcm", "ImagePositionPatient (0020,0032)"),
        ("mlut_18.dcm", "ImagePositionPatient (0020,0032)"),
        ("rtdose.dcm", "NumberOfFrames (0028,0008)"),
        ("emri_small_RLE.dcm", "NumberOfFrames (0028,0008)"),
        ("badVR.dcm", "None"),
    ],
)
def test_what_has_no_place_in_a_patient_is_refused_with_its_tag(name: str, tag: str) -> None:
    with pytest.raises(BadImage) as caught:
        read_series(sample(name))
    assert str(caught.value.details["tag"]) == tag


def test_a_localizer_of_three_directions_is_refused(tmp_path: Path) -> None:
    for name in ("6293", "6924"):
        shutil.copy(sample(name), tmp_path)
    with pytest.raises(BadGeometry, match="several orientations"):
        read_series(tmp_path)


def test_a_segmentation_is_no_image() -> None:
    with pytest.raises(NotFound, match="no objects with images"):
        read_series(sample("liver.dcm"))


def test_a_segmentation_of_another_program_becomes_a_mask() -> None:
    path = get_testdata_file("liver_1frame.dcm", download=False)
    assert path is not None
    mask = seg_to_mask(str(path))
    assert mask.values == [1]
    assert mask.array.shape == (512, 512, 1)
