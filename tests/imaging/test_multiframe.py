"""Objects of many frames: each frame where it says, in whatever order they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import EnhancedCTImageStorage

from maia_hub.imaging import (
    BadGeometry,
    BadImage,
    Person,
    dicom_to_nifti,
    mask_to_rtstruct,
    mask_to_seg,
    read_series,
    rtstruct_to_mask,
    seg_to_mask,
)
from tests.imaging.made import AXIAL, ct, shades
from tests.imaging.test_nifti import same

ADA = Person("Lovelace^Ada")
ORDER = (3, 0, 5, 1, 4, 2)


def item(**values: object) -> Dataset:
    made = Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def enhanced(values: NDArray[np.int16], heights: list[float], times: list[int] | None = None) -> Dataset:
    """Return one object with a frame for each of frames, rows, columns."""
    made = ct(1, values[0], (0, 0, 0))
    for name in (
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "RescaleSlope",
        "RescaleIntercept",
    ):
        delattr(made, name)
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    made.NumberOfFrames, made.PixelData = len(values), values.astype("<i2").tobytes()
    shared = item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=list(AXIAL))],
        PixelMeasuresSequence=[item(PixelSpacing=[0.5, 0.75], SliceThickness=2)],
        PixelValueTransformationSequence=[item(RescaleSlope=1, RescaleIntercept=-24, RescaleType="HU")],
    )
    made.SharedFunctionalGroupsSequence = [shared]
    made.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[1, 2, height])],
            FrameContentSequence=[item(TemporalPositionIndex=time)],
        )
        for height, time in zip(heights, times or [1] * len(values), strict=True)
    ]
    return made


def test_frames_in_any_order_make_up_a_volume(tmp_path: Path) -> None:
    values = shades((6, 20, 24))
    made = enhanced(values[list(ORDER)], [2.0 * at for at in ORDER])
    made.save_as(tmp_path / "one", enforce_file_format=True)
    volume = read_series(tmp_path)
    assert (volume.array == values.transpose(2, 1, 0) - 24).all()
    assert volume.spacing == (0.75, 0.5, 2.0)
    assert len(volume.datasets) == 1
    same(dicom_to_nifti(tmp_path / "one", tmp_path / "n")[0], volume)
    mask = np.random.default_rng(1).integers(0, 3, volume.shape, dtype=np.uint8)
    assert (seg_to_mask(mask_to_seg(mask, volume, author=ADA), of=volume).array == mask).all()
    structures = mask_to_rtstruct(mask, volume, author=ADA)
    assert (rtstruct_to_mask(structures, volume).array == mask).all()
    images = structures.ROIContourSequence[0].ContourSequence[0].ContourImageSequence
    assert images[0].ReferencedFrameNumber == 2, "the lowest slice is the second frame"


def test_frames_of_several_times_have_a_fourth_axis(tmp_path: Path) -> None:
    values = shades((6, 20, 24))
    enhanced(values, [0, 2, 4, 0, 2, 4], [1, 1, 1, 2, 2, 2]).save_as(
        tmp_path / "one", enforce_file_format=True
    )
    volume = read_series(tmp_path)
    assert volume.shape == (24, 20, 3, 2)
    assert (volume.array == values.reshape(2, 3, 20, 24).transpose(3, 2, 1, 0) - 24).all()
    same(dicom_to_nifti(tmp_path / "one", tmp_path / "n")[0], volume)


def test_a_frame_that_is_missing_or_says_nothing_is_named(tmp_path: Path) -> None:
    values = shades((5, 20, 24))
    enhanced(values, [0, 2, 4, 8, 10]).save_as(tmp_path / "one", enforce_file_format=True)
    with pytest.raises(BadGeometry, match=r"one frame 4 \(.*1 missing between") as caught:
        read_series(tmp_path)
    assert caught.value.details["frame"] == 4
    made = enhanced(values, [0, 2, 4, 6, 8])
    del made.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence
    made.save_as(tmp_path / "one", enforce_file_format=True)
    with pytest.raises(BadImage, match="ImagePositionPatient is missing") as missing:
        read_series(tmp_path)
    assert missing.value.details["frame"] == 3
