"""Series as NIfTI: every voxel where DICOM says, or refused; nothing wrong is written."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from nibabel.nifti1 import Nifti1Image
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import ExplicitVRBigEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from maia_hub.core.errors import InvalidInput, MaiaError, NotFound
from maia_hub.imaging import (
    BadGeometry,
    BadImage,
    Converted,
    Progress,
    Volume,
    dcm2niix,
    dicom_to_nifti,
    nifti_to_dicom,
    read_series,
)
from maia_hub.imaging.geometry import corners, exactly, turn, turned
from tests.imaging.made import ct, series, shades
from tests.imaging.test_objects import affines


def same(made: Converted, volume: Volume) -> None:
    """See that a file holds a volume: its voxels, each within 1e-4 mm of its place."""
    image: Any = nib.nifti1.Nifti1Image.from_filename(made.path)
    assert image.shape == made.shape
    exact = exactly(image.affine, image.shape, volume.affine)
    assert exact is not None
    assert (
        np.abs(corners(image.shape, image.affine) - corners(image.shape, volume.affine @ exact)).max() < 1e-4
    )
    how = turn(image.affine, image.shape, volume.affine)
    assert how is not None
    assert np.allclose(turned(np.asanyarray(image.dataobj), how), volume.array, rtol=1e-6)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(affine=affines())
def test_oblique_and_flipped_volumes_come_back_exactly(affine: NDArray[np.float64]) -> None:
    with tempfile.TemporaryDirectory() as name:
        nifti_to_dicom(Nifti1Image(shades((14, 13, 5)), affine), Path(name) / "d", "MR")
        made = dicom_to_nifti(Path(name) / "d", Path(name) / "n")
        same(made[0], read_series(Path(name) / "d"))


def test_all_series_of_a_folder_are_converted(tmp_path: Path) -> None:
    series(tmp_path / "d" / "a", size=(20, 24))
    series(tmp_path / "d" / "b", count=3, size=(24, 20))
    told: list[Progress] = []
    made = dicom_to_nifti(tmp_path / "d", tmp_path / "n", progress=told.append)
    assert sorted(each.shape for each in made) == [(20, 24, 3), (24, 20, 5)]
    assert told[-1].done == told[-1].total == 8
    for each in made:
        same(each, read_series(tmp_path / "d", series=each.series_uid))
        assert each.path.name.startswith("004_Chest_1_mm_")
        assert each.by == "dcm2niix"
        assert json.loads(each.others[0].read_text())["Modality"] == "CT"
        assert each.others[0].stem == each.path.name.removesuffix(".nii.gz")
    assert len(list((tmp_path / "n").iterdir())) == 4
    again = dicom_to_nifti(tmp_path / "d", tmp_path / "n", series=made[1].series_uid)
    assert [each.series_uid for each in again] == [made[1].series_uid]


def test_a_series_that_is_no_volume_stops_all_before_anything_is_written(tmp_path: Path) -> None:
    series(tmp_path / "a", size=(20, 24))
    series(tmp_path / "b", size=(20, 24), count=7)
    next((tmp_path / "b").glob("*-3")).unlink()
    with pytest.raises(BadGeometry, match="1 missing between") as caught:
        dicom_to_nifti(tmp_path, tmp_path / "n")
    assert "refused=" in str(caught.value.advice)
    assert not (tmp_path / "n").exists()
    refused: list[tuple[str, MaiaError]] = []
    made = dicom_to_nifti(tmp_path, tmp_path / "n", refused=lambda uid, error: refused.append((uid, error)))
    assert [each.shape for each in made] == [(24, 20, 5)]
    assert [error.details["fault"] for _, error in refused] == ["missing-slice"]


def test_what_dcm2niix_would_write_wrongly_is_not_written(tmp_path: Path) -> None:
    series(tmp_path / "a", size=(20, 24), count=7)
    next((tmp_path / "a").glob("*-3")).unlink()
    (tmp_path / "out").mkdir()
    assert dcm2niix._run(tmp_path / "a", tmp_path / "out"), "it ends well over a missing slice"
    with pytest.raises(BadGeometry):
        dicom_to_nifti(tmp_path / "a", tmp_path / "n")


@pytest.mark.parametrize(
    "syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless, ExplicitVRBigEndian, "deflated"]
)
def test_compressed_series_come_out_the_same(tmp_path: Path, syntax: Any) -> None:
    def pack(_: int, dataset: Dataset) -> None:
        dataset.RescaleIntercept = -7
        if syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
            dataset.compress(syntax, generate_instance_uid=False)

    series(tmp_path / "d", change=pack, size=(64, 72))
    if syntax in {"deflated", ExplicitVRBigEndian}:
        for path in (tmp_path / "d").iterdir():
            dataset = pydicom.dcmread(path)
            if syntax == ExplicitVRBigEndian:
                dataset.PixelData = dataset.pixel_array.astype(">i2").tobytes()
                assert len(list(dataset.iterall())) > 20
                dataset.set_original_encoding(is_implicit_vr=False, is_little_endian=False)
                dataset.file_meta.TransferSyntaxUID = syntax
                dataset.save_as(path, enforce_file_format=True)
            else:
                dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
                dataset.save_as(path, enforce_file_format=True)
    values = shades((5, 64, 72))
    volume = read_series(tmp_path / "d")
    assert (volume.array == values.transpose(2, 1, 0) - 7).all()
    same(dicom_to_nifti(tmp_path / "d", tmp_path / "n")[0], volume)


def test_a_series_of_several_volumes_has_a_fourth_axis(tmp_path: Path) -> None:
    values = shades((3, 4, 20, 24))
    for time in range(3):
        for at in range(4):
            dataset = ct(1 + at * 3 + time, values[time, at], (0, 0, 3 * at))
            dataset.AcquisitionNumber, dataset.AcquisitionTime = time + 1, f"10000{time}"
            dataset.save_as(tmp_path / f"{at}{time}", enforce_file_format=True)
    made = dicom_to_nifti(tmp_path, tmp_path / "n")[0]
    volume = read_series(tmp_path)
    assert made.shape == (24, 20, 4, 3)
    assert (volume.array == values.transpose(3, 2, 1, 0)).all()
    same(made, volume)


def test_positions_that_a_writer_rounded_make_no_error_that_adds_up(tmp_path: Path) -> None:
    def rounded(number: int, dataset: Dataset) -> None:
        dataset.ImagePositionPatient = [0, 0, round(0.3334 * number, 3)]
        dataset.SliceThickness = 0.3334

    series(tmp_path / "d", count=40, change=rounded, size=(20, 24))
    made = dicom_to_nifti(tmp_path / "d", tmp_path / "n")[0]
    same(made, read_series(tmp_path / "d"))
    assert made.by == "dcm2niix"


@pytest.mark.parametrize("odd", [range(40), [17]])
def test_where_dcm2niix_makes_other_values_the_library_converts(tmp_path: Path, odd: list[int]) -> None:
    def scaled(number: int, dataset: Dataset) -> None:
        dataset.RescaleSlope = 1 + 0.25 * number * (number in odd)

    series(tmp_path / "d", count=40, change=scaled, size=(20, 24))
    made = dicom_to_nifti(tmp_path / "d", tmp_path / "n")[0]
    same(made, read_series(tmp_path / "d"))
    assert (made.by, [each.suffix for each in made.others]) == ("maia_hub", [".json"])


def test_colours_and_places_beyond_a_float_are_refused(tmp_path: Path) -> None:
    def colour(_: int, dataset: Dataset) -> None:
        dataset.SamplesPerPixel, dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 3, 8, 8, 7
        dataset.Columns = 4
        dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "RGB", 0

    series(tmp_path / "c", change=colour)
    with pytest.raises(BadImage, match="in colour") as caught:
        dicom_to_nifti(tmp_path / "c", tmp_path / "n")
    assert caught.value.details["tag"] == "SamplesPerPixel (0028,0002)"
    series(
        tmp_path / "far", change=lambda n, each: setattr(each, "ImagePositionPatient", [1e7 + 0.3, 0, 2 * n])
    )
    with pytest.raises(InvalidInput, match="too short for where the volume is"):
        dicom_to_nifti(tmp_path / "far", tmp_path / "n")
    assert not list((tmp_path / "n").glob("*")) if (tmp_path / "n").exists() else True


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    for folder, kind in ((tmp_path / "none", NotFound), (tmp_path, NotFound)):
        with pytest.raises(kind):
            dicom_to_nifti(folder, tmp_path / "n")
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(InvalidInput, match="none of 1 files is DICOM"):
        dicom_to_nifti(tmp_path, tmp_path / "n")
