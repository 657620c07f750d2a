"""Series as volumes: their voxels where DICOM says, or the slice and tag that say otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.imaging import BadGeometry, BadImage, Progress, read_series
from tests.imaging.made import AXIAL, ct, series, shades


def moved(number: int, by: tuple[float, float, float]) -> Callable[[int, Dataset], None]:
    def change(at: int, dataset: Dataset) -> None:
        if at == number:
            dataset.ImagePositionPatient = [
                x + y for x, y in zip(dataset.ImagePositionPatient, by, strict=True)
            ]

    return change


def having(number: int, **values: Any) -> Callable[[int, Dataset], None]:
    def change(at: int, dataset: Dataset) -> None:
        if at == number:
            for name, value in values.items():
                setattr(dataset, name, value)

    return change


def test_voxels_lie_where_dicom_says(tmp_path: Path) -> None:
    values = series(tmp_path)
    told: list[Progress] = []
    volume = read_series(tmp_path, progress=told.append)
    assert volume.shape == volume.array.shape == (8, 6, 5)
    assert (volume.array == values.transpose(2, 1, 0)).all()
    assert volume.affine.tolist() == [[-0.75, 0, 0, 10], [0, -0.5, 0, 20], [0, 0, 2, 30], [0, 0, 0, 1]]
    assert [each.InstanceNumber for each in volume.datasets] == [1, 2, 3, 4, 5]
    assert (volume.modality, volume.description, volume.spacing) == ("CT", "Chest 1 mm", (0.75, 0.5, 2.0))
    assert "PixelData" not in volume.datasets[0]
    assert [each.done for each in told] == [1, 2, 3, 4, 5]
    image = volume.to_nifti()
    assert np.allclose(image.affine, volume.affine)


def test_what_is_measured_is_what_counts(tmp_path: Path) -> None:
    values = series(tmp_path, change=lambda _, each: setattr(each, "RescaleIntercept", -1024))
    volume = read_series(tmp_path)
    assert volume.array.dtype == np.int16
    assert (volume.array == values.transpose(2, 1, 0) - 1024).all()


def test_slices_of_their_own_scale_become_fractions(tmp_path: Path) -> None:
    values = series(tmp_path, change=lambda n, each: setattr(each, "RescaleSlope", 0.5 + n))
    slopes = 0.5 + np.arange(5)
    assert np.allclose(read_series(tmp_path).array, values.transpose(2, 1, 0) * slopes)


@pytest.mark.parametrize(
    ("change", "fault", "number", "tag"),
    [
        (moved(2, (0, 0, 2)), "doubled-slice", 3, "ImagePositionPatient"),
        (moved(4, (0, 0, 2)), "missing-slice", 5, "ImagePositionPatient"),
        (moved(3, (0, 0, 0.5)), "unequal-spacing", 4, "ImagePositionPatient"),
        (moved(3, (0.5, 0, 0)), "unequal-spacing", 4, "ImagePositionPatient"),
        (having(3, ImageOrientationPatient=[1, 0, 0, 0, 0, -1]), "mixed-orientations", 4, "ImageOrientation"),
        (having(2, PixelSpacing=[0.5, 0.8]), "mixed-spacings", 3, "PixelSpacing"),
        (having(2, ImagePositionPatient=None), "missing-tag", 3, "ImagePositionPatient"),
        (having(2, ImageOrientationPatient=[1, 0, 0, 0.1, 1, 0]), "not-orthogonal", 3, "ImageOrientation"),
        (having(2, PixelSpacing=[0, 1]), "bad-spacing", 3, "PixelSpacing"),
        (having(2, Rows=7), "truncated", 3, "PixelData"),
        (having(2, SamplesPerPixel=3, Rows=2), "mixed-sizes", 3, "Rows"),
        (having(0, ImageType=["ORIGINAL", "PRIMARY", "MOSAIC"]), "mosaic", 1, "ImageType"),
        (having(2, NumberOfFrames=2, Rows=3), "frames", 3, "NumberOfFrames"),
    ],
)
def test_what_is_no_regular_volume_is_refused_with_its_slice(
    tmp_path: Path, change: Callable[[int, Dataset], None], fault: str, number: int, tag: str
) -> None:
    series(tmp_path, change=change, study="1.2.3")
    with pytest.raises(BadImage) as caught:
        read_series(tmp_path)
    details = caught.value.details
    assert details["fault"] == fault
    assert details["sop"] == f"1.2.3.4.{number}"
    assert str(details["file"]).endswith(f"-{number - 1}")
    assert tag in str(details["tag"])
    assert str(details["sop"]) in caught.value.message


def test_a_tilted_gantry_is_refused(tmp_path: Path) -> None:
    def lean(number: int, dataset: Dataset) -> None:
        moved(number, (0, 0.5 * number, 0))(number, dataset)

    series(tmp_path, change=lean)
    with pytest.raises(BadGeometry, match=r"leans by 14.04 degrees \(gantry tilt\)"):
        read_series(tmp_path)


def test_a_missing_slice_in_the_middle_is_told_with_both_neighbours(tmp_path: Path) -> None:
    series(tmp_path, count=9, study="1.2.3")
    next(tmp_path.glob("*-4")).unlink()
    with pytest.raises(
        BadGeometry, match=r"-5 \(1.2.3.4.6\) at -10\\-20\\40 mm: follows .*-3 .* 1 missing between"
    ):
        read_series(tmp_path)


def test_the_same_object_in_two_files_is_refused(tmp_path: Path) -> None:
    series(tmp_path)
    (tmp_path / "copy").write_bytes(next(tmp_path.glob("*-2")).read_bytes())
    with pytest.raises(BadImage, match="is the same object as"):
        read_series(tmp_path)


def test_several_series_want_one_to_be_named(tmp_path: Path) -> None:
    series(tmp_path / "a", study="1.2.3")
    series(tmp_path / "b", study="1.2.9", count=2)
    with pytest.raises(InvalidInput, match="there are 2 series here"):
        read_series(tmp_path)
    assert read_series(tmp_path, series="1.2.9.4").shape == (8, 6, 2)
    with pytest.raises(NotFound):
        read_series(tmp_path, series="1.2")


def test_volumes_of_the_same_place_are_told_apart(tmp_path: Path) -> None:
    values = shades((2, 4, 6, 8))
    for time in range(2):
        for at in range(4):
            dataset = ct(1 + at * 2 + time, values[time, at], (0, 0, 3 * at))
            dataset.TemporalPositionIdentifier = time + 1
            dataset.save_as(tmp_path / f"{time}{at}", enforce_file_format=True)
    volume = read_series(tmp_path)
    assert volume.shape == (8, 6, 4, 2)
    assert (volume.array == values.transpose(3, 2, 1, 0)).all()
    assert [each.TemporalPositionIdentifier for each in volume.datasets] == [1] * 4 + [2] * 4
    (tmp_path / "12").unlink()
    with pytest.raises(BadGeometry) as caught:
        read_series(tmp_path)
    assert caught.value.details["fault"] == "missing-slice"


def test_one_slice_is_a_volume_as_thick_as_it_is(tmp_path: Path) -> None:
    series(tmp_path, count=1)
    assert read_series(tmp_path).spacing == (0.75, 0.5, 2.0)
    assert AXIAL


@pytest.mark.parametrize(
    "numbers", [[0, 1, 2, 3, 4, 5, 6, 7], [0, 2, 4, 6, 1, 3, 5, 7], [7, 6, 5, 4, 3, 2, 1, 0]]
)
def test_volumes_may_follow_each_other_by_the_numbers_of_images_alone(
    tmp_path: Path, numbers: list[int]
) -> None:
    values = shades((2, 4, 6, 8))
    for at, number in enumerate(numbers):
        ct(1 + number, values[at // 4, at % 4], (0, 0, 3 * (at % 4))).save_as(
            tmp_path / str(at), enforce_file_format=True
        )
    volume = read_series(tmp_path)
    first = 0 if numbers[0] < numbers[4] else 1
    assert (volume.array[..., first] == values[0].transpose(2, 1, 0)).all()
    assert volume.shape == (8, 6, 4, 2)


@pytest.mark.parametrize("numbers", [[0, 1, 2, 3, 0, 1, 2, 3], [0, 2, 3, 5, 1, 7, 4, 6]])
def test_a_series_that_is_there_twice_is_refused(tmp_path: Path, numbers: list[int]) -> None:
    values = shades((2, 4, 6, 8))
    for at, number in enumerate(numbers):
        dataset = ct(1 + at, values[at // 4, at % 4], (0, 0, 3 * (at % 4)))
        dataset.InstanceNumber = number
        dataset.save_as(tmp_path / str(at), enforce_file_format=True)
    with pytest.raises(BadGeometry, match="nothing tells which volume either belongs to") as caught:
        read_series(tmp_path)
    assert caught.value.details["fault"] == "doubled-slice"


def test_planes_beside_each_other_are_no_stack(tmp_path: Path) -> None:
    series(tmp_path, change=moved(3, (100, 0, -2)))
    with pytest.raises(BadGeometry, match="100 mm beside"):
        read_series(tmp_path)
