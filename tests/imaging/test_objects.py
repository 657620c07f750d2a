"""NIfTI volumes as CT and MR images: every voxel where it was, every value as it was or as far off as is said."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nibabel.nifti1 import Nifti1Image
from numpy.typing import NDArray

from maia_hub.core.errors import Conflict, InvalidInput
from maia_hub.imaging import Patient, Progress, Volume, nifti_to_dicom, read_series
from maia_hub.imaging.geometry import corners, turn, turned
from tests.imaging.made import series, shades, valid

finite = st.floats(-0.9, 0.9)


def rotation(angles: tuple[float, float, float]) -> NDArray[np.float64]:
    """Return a rotation about the three axes in turn."""
    made = np.eye(3)
    for axis, angle in enumerate(angles):
        turn_by = np.eye(3)
        one, other = (at for at in range(3) if at != axis)
        turn_by[one, one] = turn_by[other, other] = np.cos(angle)
        turn_by[one, other], turn_by[other, one] = -np.sin(angle), np.sin(angle)
        made = made @ turn_by
    return made


@st.composite
def affines(draw: st.DrawFn) -> NDArray[np.float64]:
    """Draw how a scanner or a program may lay out a volume: oblique, flipped, with its axes in any order."""
    axes = rotation(draw(st.tuples(finite, finite, finite)))[:, draw(st.permutations(range(3)))]
    signs = draw(st.tuples(*[st.sampled_from([-1, 1])] * 3))
    spacing = draw(st.tuples(*[st.floats(0.2, 6)] * 3))
    made = np.eye(4)
    made[:3, :3] = axes * signs * spacing
    made[:3, 3] = draw(st.tuples(*[st.floats(-900, 900)] * 3))
    return made


def off(volume: Volume, array: NDArray[Any], affine: NDArray[np.float64]) -> float:
    """Return by how many millimetres voxels are elsewhere at most, and see that their values are the same."""
    how = turn(affine, array.shape, volume.affine)
    assert how is not None
    assert how.offset == (0, 0, 0)
    assert (turned(array, how) == volume.array).all()
    back = turn(volume.affine, volume.shape, affine)
    assert back is not None
    places = corners(array.shape, np.linalg.inv(volume.affine) @ affine)
    there = corners(volume.shape, volume.affine)
    moved = (volume.affine[:3, :3] @ np.round(places).T).T + volume.affine[:3, 3]
    distance = np.linalg.norm(corners(array.shape, affine) - moved, axis=1)
    assert sorted(map(tuple, np.round(moved, 3))) == sorted(map(tuple, np.round(there, 3)))
    return float(distance.max())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(affine=affines(), modality=st.sampled_from(["CT", "MR"]))
def test_every_voxel_keeps_its_place(affine: NDArray[np.float64], modality: Any) -> None:
    array = shades((4, 3, 5))
    with tempfile.TemporaryDirectory() as name:
        nifti_to_dicom(Nifti1Image(array, affine), Path(name) / "out", modality)
        volume = read_series(Path(name) / "out")
    assert off(volume, array, affine) < 1e-4


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_what_is_written_is_valid(tmp_path: Path, modality: Any) -> None:
    affine = np.eye(4)
    affine[:3, :3] = rotation((0.1, 0.2, 0.3)) * [0.7, 0.8, 2.5]
    file = tmp_path / "v.nii.gz"
    nib.save(Nifti1Image(np.linspace(-3, 9, 60, dtype=np.float32).reshape(4, 3, 5), affine), file)
    told: list[Progress] = []
    written = nifti_to_dicom(file, tmp_path / "out", modality, progress=told.append)
    assert [path.name for path in written] == [f"0000{n}.dcm" for n in range(1, 6)]
    assert told[-1].done == told[-1].total == 5
    for path in written:
        valid(path)
        text = pydicom.dcmread(path)
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope"):
            values = text[keyword].value
            assert all(len(str(each)) <= 16 for each in (values if text[keyword].VM > 1 else [values]))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_rows_and_columns_are_as_radiologists_hang_them(tmp_path: Path) -> None:
    axial, coronal, sagittal = np.eye(4), np.eye(4)[[0, 2, 1, 3]], np.eye(4)[[2, 0, 1, 3]]
    for name, affine, cosines in (
        ("axial", axial, [1, 0, 0, 0, 1, 0]),
        ("coronal", coronal, [1, 0, 0, 0, 0, -1]),
        ("sagittal", sagittal, [0, 1, 0, 0, 0, -1]),
    ):
        written = nifti_to_dicom(Nifti1Image(shades((4, 3, 5)), affine), tmp_path / name)
        assert pydicom.dcmread(written[0]).ImageOrientationPatient == cosines


@pytest.mark.parametrize(
    ("values", "kind", "error"),
    [
        (np.array([-1024, 3071], np.int32), "i", 0),
        (np.array([0, 60000], np.float64), "u", 0),
        (np.array([-5, 60000], np.int32), "u", 1),
        (np.array([0.0, 0.3], np.float32), "u", 0.3 / 65535),
        (np.array([7.25, 7.25], np.float32), "u", 1e-12),
        (np.array([-1e30, 1e30], np.float64), "u", 2e30 / 65535),
    ],
)
def test_values_are_as_they_were_or_as_far_off_as_is_said(
    tmp_path: Path, values: NDArray[Any], kind: str, error: float
) -> None:
    array = np.resize(values, (4, 3, 2))
    array[0, 0, 0] = values[0]
    array = array.astype(values.dtype, copy=False)
    written = nifti_to_dicom(Nifti1Image(array, np.eye(4), dtype=values.dtype), tmp_path / "o", "MR")
    volume = read_series(tmp_path / "o")
    how = turn(np.eye(4), array.shape, volume.affine)
    assert how is not None
    differences = np.abs(turned(array, how).astype(np.float64) - volume.array.astype(np.float64))
    assert written.error <= error
    assert differences.max() <= max(written.error * 1.001, np.abs(values).max() * 1e-6)
    first = pydicom.dcmread(written[0])
    assert "iu"[1 - first.PixelRepresentation] == kind
    assert (f"at most {written.error:.6g}" in first.DerivationDescription) == bool(written.error)


def test_values_that_nifti_scales_keep_their_scale(tmp_path: Path) -> None:
    image = Nifti1Image(shades((4, 3, 2)), np.eye(4))
    image.header.set_slope_inter(0.5, -3)
    nib.save(image, tmp_path / "v.nii")
    written = nifti_to_dicom(tmp_path / "v.nii", tmp_path / "o", "MR")
    assert (pydicom.dcmread(written[0]).RescaleSlope, written.error) == (0.5, 0)


def test_nobody_is_marked_as_such_and_a_patient_is_not(tmp_path: Path) -> None:
    image = Nifti1Image(shades((4, 3, 2)), np.eye(4))
    nobody = pydicom.dcmread(nifti_to_dicom(image, tmp_path / "a")[0])
    assert (nobody.PatientName, nobody.PatientIdentityRemoved) == ("Nobody^Known", "YES")
    somebody = Patient("Müller^Åsa", "P7", "19801231", "F")
    written = nifti_to_dicom(image, tmp_path / "b", patient=somebody, description="T1")
    given = pydicom.dcmread(written[1])
    assert (given.PatientName, given.PatientID, given.PatientSex) == ("Müller^Åsa", "P7", "F")
    assert "PatientIdentityRemoved" not in given
    assert given.SeriesDescription == "T1"
    valid(written[1])


def test_a_series_may_join_the_study_of_another(tmp_path: Path) -> None:
    series(tmp_path / "ct")
    source = read_series(tmp_path / "ct")
    written = nifti_to_dicom(source, tmp_path / "o", like=tmp_path / "ct")
    joined = read_series(tmp_path / "o")
    assert joined.study_uid == source.study_uid == written.study_uid
    assert joined.series_uid == written.series_uid != source.series_uid
    assert joined.text("FrameOfReferenceUID") == source.text("FrameOfReferenceUID")
    assert joined.text("PatientName") == "Doe^Jane"
    assert off(joined, source.array, source.affine) < 1e-9
    valid(written[0])


@pytest.mark.parametrize(
    ("array", "affine", "words"),
    [
        (np.zeros((2, 2, 2, 3)), np.eye(4), "one volume of three axes"),
        (np.zeros((2, 2)), np.eye(4), "one volume of three axes"),
        (np.zeros((2, 2, 2), np.complex64), np.eye(4), "one real number"),
        (np.array([[[0, np.nan]]]), np.eye(4), r"voxel \(0, 0, 1\) holds nan"),
        (np.zeros((2, 2, 2)), np.diag([1.0, 1, 0, 1]), "no size of the voxels"),
        (np.zeros((2, 2, 2)), np.eye(4) + np.eye(4, k=1) * 0.01, "at 89.427 degrees"),
    ],
)
def test_what_no_series_can_hold_is_refused(
    tmp_path: Path, array: NDArray[Any], affine: NDArray[np.float64], words: str
) -> None:
    affine = affine * np.array([[1, 1, 1, 0]] * 3 + [[1] * 4])
    with pytest.raises(InvalidInput, match=words):
        nifti_to_dicom(
            Volume(shape=array.shape, affine=affine, planes=(), datasets=(), array=array), tmp_path / "o"
        )
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_no_nifti_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.nii.gz").write_bytes(b"nothing")
    nib.save(Nifti1Image(shades((40, 30, 20)), np.eye(4)), tmp_path / "b.nii")
    (tmp_path / "b.nii").write_bytes((tmp_path / "b.nii").read_bytes()[:2000])
    for name in ("a.nii.gz", "b.nii", "c.nii"):
        with pytest.raises(InvalidInput, match="cannot be read"):
            nifti_to_dicom(tmp_path / name, tmp_path / "o")


def test_nothing_is_replaced_and_nothing_half_is_left(tmp_path: Path) -> None:
    image = Nifti1Image(shades((4, 3, 5)), np.eye(4))
    first = nifti_to_dicom(image, tmp_path / "o")
    before = first[0].read_bytes()
    with pytest.raises(Conflict, match="has 00001"):
        nifti_to_dicom(image, tmp_path / "o")
    assert first[0].read_bytes() == before

    def stop(progress: Progress) -> None:
        if progress.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nifti_to_dicom(image, tmp_path / "p", progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["o"]
