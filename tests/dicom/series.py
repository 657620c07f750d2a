"""Synthetic image series: small or as large as real ones, with pixels that do not compress to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    SecondaryCaptureImageStorage,
    generate_uid,
)

_CLASSES = {"CT": CTImageStorage, "MR": MRImageStorage}


@dataclass(frozen=True, kw_only=True)
class Made:
    """What is made: ``slices`` images of ``size`` squared, of one series unless ``series`` says more."""

    slices: int = 4
    size: int = 32
    series: int = 1
    modality: str = "CT"
    patient: str = "P001"
    name: str = "Test^Anna"
    date: str = "20260314"
    description: str = "Thorax"
    seed: int = 7
    charset: str = "ISO_IR 192"


def study(given: Made | None = None, **more: Any) -> Iterator[Dataset]:
    """Yield the images of one study; the same arguments make the same study."""
    made = given or Made(**more)
    named = f"{made}"
    study_uid = generate_uid(entropy_srcs=[named, "study"])
    frame = generate_uid(entropy_srcs=[named, "frame"])
    chance = np.random.default_rng(made.seed)
    for number in range(1, made.series + 1):
        series_uid = generate_uid(entropy_srcs=[named, "series", str(number)])
        for slice_ in range(made.slices):
            uid = generate_uid(entropy_srcs=[named, str(number), str(slice_)])
            dataset = _image(made, number, slice_, chance)
            dataset.StudyInstanceUID = study_uid
            dataset.SeriesInstanceUID = series_uid
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
            dataset.FrameOfReferenceUID = frame
            yield dataset


def _image(made: Made, number: int, slice_: int, chance: np.random.Generator) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SpecificCharacterSet = made.charset
    dataset.SOPClassUID = _CLASSES.get(made.modality, SecondaryCaptureImageStorage)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.PatientID, dataset.PatientName = made.patient, made.name
    dataset.PatientBirthDate, dataset.PatientSex = "19700101", "O"
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = made.date
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = "101500"
    dataset.StudyDescription, dataset.SeriesDescription = made.description, f"Series {number}"
    dataset.StudyID, dataset.AccessionNumber, dataset.ReferringPhysicianName = "1", "A1", ""
    dataset.Modality, dataset.Manufacturer, dataset.ImageType = (
        made.modality,
        "MAIA",
        ["ORIGINAL", "PRIMARY", "AXIAL"],
    )
    dataset.SeriesNumber, dataset.InstanceNumber, dataset.AcquisitionNumber = number, slice_ + 1, 1
    dataset.PositionReferenceIndicator, dataset.PatientPosition = "", "HFS"
    dataset.KVP, dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 120, -1024, 1, "HU"
    dataset.WindowCenter, dataset.WindowWidth = 40, 400
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.ImagePositionPatient = [-100, -100, 2.5 * slice_]
    dataset.PixelSpacing, dataset.SliceThickness = [0.7, 0.7], 2.5
    _pixels(dataset, made.size, chance)
    return dataset


def _pixels(dataset: Dataset, size: int, chance: np.random.Generator) -> None:
    """Draw a body of water in air, with noise."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    body = np.where(x**2 + y**2 < 0.6, 1050, 20) + chance.integers(0, 20, (size, size))
    dataset.Rows = dataset.Columns = size
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.PixelData = body.astype("<u2").tobytes()


def write(folder: Path, given: Made | None = None, **more: Any) -> list[Path]:
    """Write a study's images as files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for dataset in study(given, **more):
        path = folder / f"{dataset.SeriesNumber:02}-{dataset.InstanceNumber:05}.dcm"
        dataset.save_as(path, enforce_file_format=True)
        written.append(path)
    return written
