"""Diffusion and how a series was acquired are kept whoever converts it, the same as dcm2niix writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import MRImageStorage

from maia_hub.imaging import dcm2niix, dicom_to_nifti, read_series
from maia_hub.imaging.diffusion import gradients
from maia_hub.imaging.sidecar import described
from tests.imaging.made import ct, shades
from tests.imaging.test_multiframe import enhanced, item

SLICES = 4
B_VALUES = [0, 1000, 1000, 2000, 1000]
DIRECTIONS = np.array([[0, 0, 0], [1, 0, 0], [0, 0.6, 0.8], [0.48, -0.64, 0.6], [-0.6, 0, -0.8]])
OWN_WAY = {"ConversionSoftware", "Manufacturer", "RepetitionTime"}
"""What dcm2niix says in its own way: makers by names that it knows, the repetition by the clock between volumes."""
AXIAL = np.eye(3)
_TURN = np.radians(20)
OBLIQUE = np.array([[np.cos(_TURN), np.sin(_TURN), 0], [-np.sin(_TURN), np.cos(_TURN), 0], [0, 0, 1]])
CORONAL = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float)
SAGITTAL = np.array([[0, 1, 0], [0, 0, -1], [-1, 0, 0]], float)


def diffusion(folder: Path, axes: NDArray[np.float64] = AXIAL, *, odd: bool = False, up: bool = True) -> None:
    """Write a series of diffusion by the standard's tags; ``odd`` so that dcm2niix makes other values of it."""
    folder.mkdir()
    values = np.abs(shades((len(B_VALUES), SLICES, 20, 24)))
    row, column = axes[0], axes[1]
    across = np.cross(row, column) * (3 if up else -3)
    for time, b_value in enumerate(B_VALUES):
        for at in range(SLICES):
            number = 1 + time * SLICES + at
            dataset = ct(number, values[time, at], (across * at).tolist())
            _as_mr(dataset, [*row, *column], time)
            dataset.DiffusionBValue = b_value
            dataset.DiffusionDirectionality = "DIRECTIONAL" if b_value else "NONE"
            if b_value:
                dataset.DiffusionGradientOrientation = list(DIRECTIONS[time])
            if odd:
                dataset.RescaleSlope = 1 + 0.25 * (number % 3)
            dataset.save_as(folder / f"{number:03d}", enforce_file_format=True)


def _as_mr(dataset: Dataset, cosines: list[float], time: int) -> None:
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = MRImageStorage
    dataset.Modality, dataset.Manufacturer = "MR", "SIEMENS"
    dataset.ManufacturerModelName, dataset.SoftwareVersions = "XA model", "syngo MR XA30"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"]
    dataset.ImageOrientationPatient, dataset.AcquisitionNumber = cosines, time + 1
    dataset.AcquisitionTime = f"10000{time}"
    dataset.MagneticFieldStrength, dataset.FlipAngle = 3, 90
    dataset.EchoTime, dataset.RepetitionTime, dataset.EchoTrainLength = 71.5, 8200, 63
    dataset.ScanningSequence, dataset.SequenceVariant = "EP", ["SK", "SP"]
    dataset.MRAcquisitionType, dataset.InPlanePhaseEncodingDirection = "2D", "COL"


def numbers(made: Any, suffix: str) -> NDArray[np.float64]:
    (found,) = [each for each in made.others if each.suffix == suffix]
    return np.loadtxt(found, ndmin=2)


AXES = [
    pytest.param(AXIAL, True, id="axial"),
    pytest.param(AXIAL, False, id="downwards"),
    pytest.param(OBLIQUE, True, id="oblique"),
    pytest.param(CORONAL, True, id="coronal"),
    pytest.param(SAGITTAL, True, id="sagittal"),
    pytest.param(SAGITTAL, False, id="sagittal-back"),
]


@pytest.mark.parametrize(("axes", "up"), AXES)
def test_directions_are_those_that_dcm2niix_writes(
    tmp_path: Path, axes: NDArray[np.float64], up: bool
) -> None:
    diffusion(tmp_path / "d", axes, up=up)
    (made,) = dicom_to_nifti(tmp_path / "d", tmp_path / "n")
    assert made.by == "dcm2niix"
    found = gradients(read_series(tmp_path / "d"))
    assert found is not None
    affine: Any = nib.nifti1.Nifti1Image.from_filename(made.path).affine
    np.testing.assert_array_equal(numbers(made, ".bval")[0], B_VALUES)
    np.testing.assert_array_equal(np.fromstring(found.bval, sep=" "), B_VALUES)
    ours = np.array([[float(word) for word in line.split()] for line in found.bvec(affine).splitlines()])
    np.testing.assert_allclose(ours, numbers(made, ".bvec"), atol=2e-4)


@pytest.mark.parametrize(("axes", "up"), AXES)
def test_where_the_library_converts_the_same_directions_lie_along_its_own_axes(
    tmp_path: Path, axes: NDArray[np.float64], up: bool
) -> None:
    diffusion(tmp_path / "d", axes, odd=True, up=up)
    (made,) = dicom_to_nifti(tmp_path / "d", tmp_path / "n")
    assert (made.by, made.shape) == ("maia_hub", (24, 20, SLICES, len(B_VALUES)))
    assert sorted(each.name for each in made.others) == [
        "004_Chest_1_mm.bval",
        "004_Chest_1_mm.bvec",
        "004_Chest_1_mm.json",
    ]
    np.testing.assert_array_equal(numbers(made, ".bval")[0], B_VALUES)
    affine: Any = nib.nifti1.Nifti1Image.from_filename(made.path).affine
    turn = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    along = numbers(made, ".bvec").T * ([-1, 1, 1] if np.linalg.det(turn) > 0 else [1, 1, 1])
    np.testing.assert_allclose(along @ turn.T * [-1, -1, 1], DIRECTIONS, atol=1e-5)


def test_what_the_sidecar_says_is_what_dcm2niix_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diffusion(tmp_path / "d")
    (theirs,) = dicom_to_nifti(tmp_path / "d", tmp_path / "n")
    (told,) = [each for each in theirs.others if each.suffix == ".json"]
    wanted, found = json.loads(told.read_text()), described(read_series(tmp_path / "d"))
    same = found.keys() & wanted.keys() - OWN_WAY
    assert len(same) >= 15, sorted(wanted.keys() ^ found.keys())
    assert {name: found[name] for name in same} == {name: wanted[name] for name in same}
    assert found["RepetitionTime"] == 8.2
    monkeypatch.setattr(dcm2niix, "made", lambda *_: None)
    (ours,) = dicom_to_nifti(tmp_path / "d", tmp_path / "ours")
    (told,) = [each for each in ours.others if each.suffix == ".json"]
    assert json.loads(told.read_text()) == found
    assert not {"Doe", "P1", "1970"} & set(told.read_text().replace('"', " ").replace("^", " ").split())


def test_volumes_that_do_not_say_how_they_are_weighted_have_no_b_values(tmp_path: Path) -> None:
    diffusion(tmp_path / "d")
    import pydicom

    path = sorted((tmp_path / "d").iterdir())[SLICES]
    dataset = pydicom.dcmread(path)
    del dataset.DiffusionBValue
    dataset.save_as(path)
    assert gradients(read_series(tmp_path / "d")) is None


def test_frames_of_one_object_say_it_in_their_own_groups(tmp_path: Path) -> None:
    made = enhanced(shades((6, 20, 24)), [0, 2, 4, 0, 2, 4], [1, 1, 1, 2, 2, 2])
    for frame, groups in enumerate(made.PerFrameFunctionalGroupsSequence):
        said = item(DiffusionDirectionality="NONE", DiffusionBValue=0)
        if frame >= 3:
            along = item(DiffusionGradientOrientation=[0.0, 1.2, 1.6])
            said = item(
                DiffusionDirectionality="DIRECTIONAL",
                DiffusionBValue=800,
                DiffusionGradientDirectionSequence=[along],
            )
        groups.MRDiffusionSequence = [said]
    made.save_as(tmp_path / "one", enforce_file_format=True)
    found = gradients(read_series(tmp_path))
    assert found is not None
    assert found.bval == "0 800\n"
    np.testing.assert_allclose(found.directions, np.array([[0, 0, 0], [0, 0.6, 0.8]]))
