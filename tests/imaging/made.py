"""Series that are made for tests: CT slices like a scanner's, with what is asked changed in them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from tests.dicom import programs

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
Change = Callable[[int, Dataset], None]


def shades(shape: Sequence[int], seed: int = 1) -> NDArray[np.int16]:
    """Return voxels that differ from each other, rows, columns and slices last."""
    return np.random.default_rng(seed).integers(-1000, 2000, tuple(shape), dtype=np.int16)


def ct(number: int, values: NDArray[np.int16], position: Sequence[float], *, study: str = "1.2.3") -> Dataset:
    """Return one CT image of rows and columns."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = f"{study}.4.{number}"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, f"{study}.4"
    dataset.FrameOfReferenceUID = f"{study}.5"
    dataset.Modality, dataset.Manufacturer = "CT", "MAIA tests"
    dataset.PatientName, dataset.PatientID = "Doe^Jane", "P1"
    dataset.PatientBirthDate, dataset.PatientSex = "19700101", "F"
    dataset.StudyDate, dataset.StudyTime, dataset.StudyID = "20260102", "101112", "S1"
    dataset.AccessionNumber = dataset.ReferringPhysicianName = dataset.PositionReferenceIndicator = ""
    dataset.SeriesNumber, dataset.InstanceNumber, dataset.SeriesDescription = 4, number, "Chest 1 mm"
    dataset.ImageOrientationPatient, dataset.ImagePositionPatient = list(AXIAL), list(map(float, position))
    dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.75], 2
    dataset.Rows, dataset.Columns = values.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 1
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    dataset.PixelData = values.astype("<i2").tobytes()
    return dataset


def series(
    folder: Path,
    count: int = 5,
    change: Change | None = None,
    *,
    study: str | None = None,
    size: tuple[int, int] = (6, 8),
) -> NDArray[np.int16]:
    """Write an axial series, 2 mm apart, in files of no order; return slices, rows, columns."""
    folder.mkdir(parents=True, exist_ok=True)
    values = shades((count, *size))
    uid = study or f"2.25.{uuid4().int >> 8}"
    for number in range(count):
        dataset = ct(number + 1, values[number], (-10, -20, 30 + 2 * number), study=uid)
        if change:
            change(number, dataset)
        dataset.save_as(folder / f"IM{(number * 7) % count:04d}-{number}", enforce_file_format=True)
    return values


_LABELMAP = (
    "Error - Information Object Not found",
    "Error - SegmentNumber not monotonically increasing from one by one - "
    "have SegmentSequence item number 1 (from one) with SegmentNumber of 0",
)
"""What dciodvfy, older than label maps, finds in any of them."""


def valid(path: Path, *, labelmap: bool = False) -> None:
    """See that dciodvfy finds no error in a file."""
    programs.ensure()
    done = subprocess.run([programs.path("dciodvfy"), str(path)], capture_output=True, text=True, check=False)
    errors = {line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")}
    assert errors == (set(_LABELMAP) if labelmap else set())
