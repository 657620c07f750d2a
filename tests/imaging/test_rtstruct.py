"""Masks as RT structure sets and back: the same numbers, from outlines that any program can read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from nibabel.nifti1 import Nifti1Image
from numpy.typing import NDArray
from pydicom import Dataset

from maia_hub.core.errors import InvalidInput, MaiaError
from maia_hub.imaging import (
    Algorithm,
    BadImage,
    Label,
    Mask,
    Person,
    Volume,
    mask_to_rtstruct,
    nifti_to_dicom,
    read_series,
    rtstruct_to_mask,
)
from maia_hub.imaging.geometry import turn, turned
from tests.imaging.made import series, shades, valid
from tests.imaging.test_objects import affines

LABELS: dict[int, Label | str] = {2: "liver", 700: Label("Lésion", color=(1, 2, 3))}
ADA = Person("Lovelace^Ada")


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    series(tmp_path / "ct", count=4, size=(20, 24))
    return read_series(tmp_path / "ct")


def numbers(shape: tuple[int, ...]) -> NDArray[np.uint16]:
    """Return noise, islands and holes of all kinds, with an empty slice."""
    made = np.random.default_rng(3).choice(np.array([0, 2, 2, 700], np.uint16), shape)
    made[:, :, 1] = 0
    return made


def test_numbers_and_names_come_back(volume: Volume, tmp_path: Path) -> None:
    mask = numbers(volume.shape)
    mask_to_rtstruct(mask, tmp_path / "ct", LABELS, author=ADA, into=tmp_path / "rs.dcm")
    back = rtstruct_to_mask(tmp_path / "rs.dcm", volume)
    assert (back.array == mask).all()
    assert {value: label.name for value, label in back.labels.items()} == {2: "liver", 700: "Lésion"}
    assert back.labels[2].kind.value == "10200004"
    valid(tmp_path / "rs.dcm")
    written = pydicom.dcmread(tmp_path / "rs.dcm")
    contours = [each for roi in written.ROIContourSequence for each in roi.ContourSequence]
    assert max(len(str(x)) for each in contours for x in each.ContourData) <= 16
    assert all(each.NumberOfContourPoints * 3 == len(each.ContourData) for each in contours)
    assert written.ROIContourSequence[1].ROIDisplayColor == [1, 2, 3]
    assert written.StructureSetROISequence[0].ROIGenerationAlgorithm == "MANUAL"
    one = rtstruct_to_mask(written, volume, structures=["Lésion"])
    assert (one.array == np.where(mask == 700, 700, 0)).all()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(affine=affines())
def test_oblique_and_flipped_series_have_outlines_too(affine: NDArray[np.float64]) -> None:
    with tempfile.TemporaryDirectory() as name:
        nifti_to_dicom(Nifti1Image(shades((9, 8, 3)), affine), Path(name) / "d", "MR")
        volume = read_series(Path(name) / "d")
        mask = np.random.default_rng(3).integers(0, 3, (9, 8, 3), dtype=np.uint8)
        made = mask_to_rtstruct(
            Mask(mask, affine), volume, author=Algorithm("net", "1"), into=Path(name) / "r.dcm"
        )
        assert made.StructureSetROISequence[0].ROIGenerationAlgorithm == "AUTOMATIC"
        back = rtstruct_to_mask(Path(name) / "r.dcm", volume)
        again = mask_to_rtstruct(back, volume, author=ADA)
        assert (rtstruct_to_mask(again, volume).array == back.array).all()
        how = turn(affine, mask.shape, volume.affine)
        assert how is not None
        assert (turned(mask, how) == back.array).all()


def elsewhere(made: Dataset) -> None:
    for each in made.StructureSetROISequence:
        each.ReferencedFrameOfReferenceUID = "1.2"


def contour(made: Dataset) -> Dataset:
    first: Dataset = made.ROIContourSequence[0].ContourSequence[0]
    return first


def other(made: Dataset) -> None:
    made.SOPClassUID = "1.2.3"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda made: setattr(contour(made), "ContourData", [1, 2, 3, 4]), "is not made of points"),
        (lambda made: delattr(contour(made), "ContourData"), "is not made of points"),
        (
            lambda made: setattr(contour(made), "ContourGeometricType", "POINT"),
            "is POINT: only a closed outline",
        ),
        (lambda made: setattr(contour(made), "ContourData", [0, 0, 31, 1, 0, 31, 1, 1, 31]), "in a slice"),
        (lambda made: setattr(made.StructureSetROISequence[1], "ROINumber", 2), "is there twice"),
        (elsewhere, "drawn in other coordinates"),
        (other, "no RT structure set"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_outline(
    volume: Volume, spoil: Callable[[Dataset], None], words: str
) -> None:
    made = mask_to_rtstruct(numbers(volume.shape), volume, LABELS, author=ADA)
    spoil(made)
    with pytest.raises(BadImage, match=words):
        rtstruct_to_mask(made, volume)


def test_structures_that_overlap_are_refused_by_name(volume: Volume) -> None:
    made = mask_to_rtstruct(numbers(volume.shape), volume, LABELS, author=ADA)
    made.ROIContourSequence[1].ContourSequence = made.ROIContourSequence[0].ContourSequence
    with pytest.raises(InvalidInput, match="liver and Lésion overlap"):
        rtstruct_to_mask(made, volume)
    assert rtstruct_to_mask(made, volume, structures=[2]).values == [2]
    with pytest.raises(InvalidInput, match="no such structures"):
        rtstruct_to_mask(made, volume, structures=["heart"])


def test_structures_numbered_from_nothing_are_numbered_from_one(volume: Volume) -> None:
    made = mask_to_rtstruct(numbers(volume.shape), volume, LABELS, author=ADA)
    made.StructureSetROISequence[0].ROINumber = 0
    made.ROIContourSequence[0].ReferencedROINumber = 0
    assert rtstruct_to_mask(made, volume).values == [1, 2]


def test_an_empty_mask_has_no_outlines(volume: Volume) -> None:
    with pytest.raises(MaiaError, match="empty"):
        mask_to_rtstruct(np.zeros(volume.shape), volume, author=ADA)
