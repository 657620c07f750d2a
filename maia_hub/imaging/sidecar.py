"""What no affine says of a series, beside its NIfTI file: how it was acquired (BIDS names), and its diffusion.

dcm2niix brings a sidecar of its own; this is for series that the library converts itself. Nothing in it names a person,
a place or a day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydicom.multival import MultiValue

from maia_hub.imaging.diffusion import gradients
from maia_hub.imaging.planes import Header, Vector
from maia_hub.imaging.reading import quiet
from maia_hub.imaging.volumes import Stack, headers
from maia_hub.imaging.writing import whole

_TEXTS = {
    "Modality": "Modality",
    "Manufacturer": "Manufacturer",
    "ManufacturerModelName": "ManufacturersModelName",
    "BodyPartExamined": "BodyPartExamined",
    "PatientPosition": "PatientPosition",
    "SoftwareVersions": "SoftwareVersions",
    "MRAcquisitionType": "MRAcquisitionType",
    "SeriesDescription": "SeriesDescription",
    "ProtocolName": "ProtocolName",
    "ScanningSequence": "ScanningSequence",
    "SequenceVariant": "SequenceVariant",
    "ScanOptions": "ScanOptions",
    "SequenceName": "SequenceName",
    "ConvolutionKernel": "ConvolutionKernel",
    "InPlanePhaseEncodingDirection": "InPlanePhaseEncodingDirectionDICOM",
}
_NUMBERS = {
    "MagneticFieldStrength": "MagneticFieldStrength",
    "ImagingFrequency": "ImagingFrequency",
    "SeriesNumber": "SeriesNumber",
    "AcquisitionNumber": "AcquisitionNumber",
    "SliceThickness": "SliceThickness",
    "SpacingBetweenSlices": "SpacingBetweenSlices",
    "FlipAngle": "FlipAngle",
    "EchoTrainLength": "EchoTrainLength",
    "PixelBandwidth": "PixelBandwidth",
    "KVP": "KVP",
    "XRayTubeCurrent": "XRayTubeCurrent",
}
_MILLISECONDS = {"EchoTime": "EchoTime", "RepetitionTime": "RepetitionTime", "InversionTime": "InversionTime"}
"""DICOM's, which BIDS has in seconds."""


def written(stack: Stack, affine: Vector, path: Path) -> tuple[Path, ...]:
    """Write what belongs beside a file .nii.gz whose voxels lie as the affine says; return the files."""
    beside = {".json": json.dumps(described(stack), indent=2, ensure_ascii=False) + "\n"}
    if found := gradients(stack):
        beside |= {".bval": found.bval, ".bvec": found.bvec(affine)}
    return tuple(_file(path, suffix, text) for suffix, text in beside.items())


def described(stack: Stack) -> dict[str, Any]:
    """Return how a series was acquired, by BIDS' names; what the header does not say is left out."""
    with quiet():
        header = headers(stack)[0]
        found: dict[str, Any] = {name: _text(header, keyword) for keyword, name in _TEXTS.items()}
        found |= _numbers(header, _NUMBERS, 1)
        found |= _numbers(header, _MILLISECONDS, 1000)
        kind = header.get("ImageType")
        found["ImageType"] = [str(each) for each in kind] if isinstance(kind, MultiValue) else None
    known = {name: value for name, value in found.items() if value not in (None, "")}
    return {**known, "ConversionSoftware": "MAIA Hub"}


def _text(header: Header, keyword: str) -> str:
    value = header.get(keyword)
    values = value if isinstance(value, MultiValue) else [value or ""]
    return "\\".join(str(each).strip() for each in values)


def _numbers(header: Header, names: Mapping[str, str], divisor: int) -> dict[str, float | int | None]:
    found = {name: header.number(keyword) for keyword, name in names.items()}
    return {name: value if value is None else _plain(value / divisor) for name, value in found.items()}


def _plain(value: float) -> float | int | None:
    """Return a number as JSON may have it, whole where it is."""
    if value - value != 0:  # no number, or infinite
        return None
    return int(value) if value.is_integer() else round(value, 9)


def _file(path: Path, suffix: str, text: str) -> Path:
    name = path.with_name(path.name.removesuffix(".nii.gz") + suffix)
    with whole(name) as part:
        part.write_text(text, encoding="utf-8")
    return name
