"""DICOM images as a library: query, fetch and send them, and turn them into NIfTI and segmentation objects and back.

Here belongs what one does with images whatever asks for it: a notebook, a panel, a command, a job. Jupyter never does,
nor anything of the hub's side. Geometry is exact or refused, and nothing half written has its final name. Names are
brought when they are first used: importing this costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maia_hub.imaging.dicomweb import AsyncDicomWeb as AsyncDicomWeb
    from maia_hub.imaging.dicomweb import DicomWeb as DicomWeb
    from maia_hub.imaging.dimse import AsyncDimse as AsyncDimse
    from maia_hub.imaging.dimse import Dimse as Dimse
    from maia_hub.imaging.faults import BadGeometry as BadGeometry
    from maia_hub.imaging.faults import BadImage as BadImage
    from maia_hub.imaging.labels import ORGANS as ORGANS
    from maia_hub.imaging.labels import Algorithm as Algorithm
    from maia_hub.imaging.labels import Code as Code
    from maia_hub.imaging.labels import Label as Label
    from maia_hub.imaging.labels import Person as Person
    from maia_hub.imaging.masks import Mask as Mask
    from maia_hub.imaging.nifti import Converted as Converted
    from maia_hub.imaging.nifti import dicom_to_nifti as dicom_to_nifti
    from maia_hub.imaging.objects import Written as Written
    from maia_hub.imaging.objects import nifti_to_dicom as nifti_to_dicom
    from maia_hub.imaging.patients import Patient as Patient
    from maia_hub.imaging.progress import Progress as Progress
    from maia_hub.imaging.records import Fetched as Fetched
    from maia_hub.imaging.records import Instance as Instance
    from maia_hub.imaging.records import Refused as Refused
    from maia_hub.imaging.records import Sent as Sent
    from maia_hub.imaging.records import Series as Series
    from maia_hub.imaging.records import Study as Study
    from maia_hub.imaging.rtstruct import mask_to_rtstruct as mask_to_rtstruct
    from maia_hub.imaging.segmentation import mask_to_seg as mask_to_seg
    from maia_hub.imaging.segments import seg_to_mask as seg_to_mask
    from maia_hub.imaging.structures import rtstruct_to_mask as rtstruct_to_mask
    from maia_hub.imaging.volumes import Volume as Volume
    from maia_hub.imaging.volumes import read_series as read_series

PLACES = {
    "Algorithm": "labels",
    "AsyncDicomWeb": "dicomweb",
    "AsyncDimse": "dimse",
    "BadGeometry": "faults",
    "BadImage": "faults",
    "Code": "labels",
    "Converted": "nifti",
    "DicomWeb": "dicomweb",
    "Dimse": "dimse",
    "Fetched": "records",
    "Instance": "records",
    "Label": "labels",
    "Mask": "masks",
    "ORGANS": "labels",
    "Patient": "patients",
    "Person": "labels",
    "Progress": "progress",
    "Refused": "records",
    "Sent": "records",
    "Series": "records",
    "Study": "records",
    "Volume": "volumes",
    "Written": "objects",
    "dicom_to_nifti": "nifti",
    "mask_to_rtstruct": "rtstruct",
    "mask_to_seg": "segmentation",
    "nifti_to_dicom": "objects",
    "read_series": "volumes",
    "rtstruct_to_mask": "structures",
    "seg_to_mask": "segments",
}
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(PLACES)
