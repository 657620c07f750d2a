"""NIfTI volumes as series of CT or MR images."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid
from pydicom.valuerep import DSfloat

from maia_hub import __version__
from maia_hub.core.errors import InvalidInput
from maia_hub.imaging.geometry import TO_RAS, check_orthogonal, turned, upright
from maia_hub.imaging.greys import Greys, check_real, greys
from maia_hub.imaging.masks import SeriesLike, nifti, series_like
from maia_hub.imaging.patients import NOBODY, Patient, belonging
from maia_hub.imaging.planes import Vector
from maia_hub.imaging.progress import Meter, Tell
from maia_hub.imaging.writing import whole_folder

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Image

    from maia_hub.imaging.volumes import Volume

_CLASSES = {"CT": CTImageStorage, "MR": MRImageStorage}
_CT = {
    "ImageType": ["DERIVED", "SECONDARY", "AXIAL"],
    "KVP": "",
    "AcquisitionNumber": "",
    "RescaleType": "HU",
}
_MR = {
    "ImageType": ["DERIVED", "SECONDARY", "OTHER"],
    "ScanningSequence": "RM",
    "SequenceVariant": "NONE",
    "ScanOptions": "",
    "MRAcquisitionType": "",
    "RepetitionTime": "",
    "EchoTime": "",
    "EchoTrainLength": "",
}
_OF_MODALITY = {"CT": _CT, "MR": _MR}


class Written(list[Path]):
    """The files of a series, from the first slice to the last.

    ``error`` is by how much a voxel differs at most from what it was in NIfTI, 0 where all fitted into 16 bits.
    """

    def __init__(self, paths: Sequence[Path], series_uid: str, study_uid: str, error: float) -> None:
        super().__init__(paths)
        self.series_uid = series_uid
        self.study_uid = study_uid
        self.error = error


@dataclass(frozen=True)
class _Image:
    """Voxels as they are written: slices, rows, columns."""

    greys: Greys
    affine: Vector


def nifti_to_dicom(
    volume: Nifti1Image | Volume | os.PathLike[str] | str,
    into: Path | str,
    modality: Literal["CT", "MR"] = "CT",
    *,
    patient: Patient = NOBODY,
    like: SeriesLike | None = None,
    description: str = "",
    progress: Tell | None = None,
) -> Written:
    """Write a NIfTI volume as a series of CT or MR images, one for each slice along the third axis, into a folder.

    Every voxel keeps its place: rows and columns are turned as radiologists look at them, nothing is resampled. Whole
    numbers that fit into 16 bits stay as they are; other values are stored in 65,536 steps (rescale slope), and how far
    off they are is said in the result and in the images. ``like`` is a series whose patient, study and coordinates the
    new one shares; otherwise it is a study of its own, of a given patient or of nobody, and then marked as
    de-identified.

    Raises:
        InvalidInput: it is no NIfTI, has several volumes, colours, or values that are no numbers; its axes are not at
            right angles.
        Conflict: the folder holds files with the same names.
    """
    if modality not in _CLASSES:
        raise InvalidInput("a series is written as CT or MR images", given=modality, allowed=sorted(_CLASSES))
    image = _image(volume)
    belongs = belonging(patient, None if like is None else series_like(like))
    template = _template(image, modality, belongs, description)
    meter = Meter(len(image.greys.stored), progress)
    with whole_folder(Path(into)) as folder:
        for number, dataset in enumerate(_slices(image, template), 1):
            dataset.save_as(folder / _name(number), enforce_file_format=True)
            meter.add(len(dataset.PixelData))
    paths = [Path(into) / _name(number) for number in range(1, meter.total + 1)]
    return Written(paths, template.SeriesInstanceUID, template.StudyInstanceUID, image.greys.error)


def _name(number: int) -> str:
    return f"{number:05d}.dcm"


def _image(given: Any) -> _Image:
    slope, intercept = 1.0, 0.0
    if hasattr(given, "array"):
        array, affine = given.array, given.affine
    else:
        opened = nifti(given) if isinstance(given, str | os.PathLike) else given
        data, affine = opened.dataobj, np.asarray(opened.affine, np.float64)
        if hasattr(data, "get_unscaled"):
            array, slope, intercept = _unscaled(data, given)
        else:
            array = np.asanyarray(data)
    if array.ndim > 3 and array.size == np.prod(array.shape[:3]):
        array = array.reshape(array.shape[:3])
    if array.ndim != 3 or not array.size:
        words = "a series is one volume of three axes"
        raise InvalidInput(
            words, given=list(array.shape), advice="take one volume of it: image.slicer[..., 0]"
        )
    check_orthogonal(affine)
    check_real(array)
    how, affine = upright(affine, array.shape)
    return _Image(greys(turned(array, how).transpose(2, 1, 0), slope, intercept), TO_RAS @ affine)


def _unscaled(data: Any, given: object) -> tuple[Any, float, float]:
    try:
        return np.asanyarray(data.get_unscaled()), float(data.slope), float(data.inter)
    except (OSError, EOFError, ValueError) as error:
        raise InvalidInput(f"the voxels of {given} cannot be read: {error}"[:300]) from error


def _template(image: _Image, modality: str, belongs: Dataset, description: str) -> Dataset:
    """Return what all images of the series have in common."""
    now = datetime.now(timezone.utc)
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = _CLASSES[modality]
    made.SpecificCharacterSet = "ISO_IR 192"
    made.update(belongs)
    made.SeriesInstanceUID, made.Modality = generate_uid(prefix=None), modality
    made.SeriesDescription = description[:64] or "Converted from NIfTI"
    made.SeriesNumber, made.PatientPosition, made.Laterality = 1, "", ""
    made.Manufacturer, made.ManufacturerModelName, made.SoftwareVersions = (
        "MAIA Hub",
        "maia_hub.imaging",
        __version__,
    )
    made.InstanceCreationDate = made.ContentDate = made.SeriesDate = now.strftime("%Y%m%d")
    made.InstanceCreationTime = made.ContentTime = made.SeriesTime = now.strftime("%H%M%S")
    made.DerivationDescription = _derivation(image.greys.error)
    for keyword, value in _OF_MODALITY[modality].items():
        setattr(made, keyword, value)
    _describe_pixels(made, image)
    return made


def _derivation(error: float) -> str:
    off = f"values differ by at most {error:.6g} from there" if error else "values are as they are there"
    return f"Converted from NIfTI, not resampled; {off}"


def _describe_pixels(made: Dataset, image: _Image) -> None:
    stored = image.greys.stored
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows, made.Columns = stored.shape[1:]
    made.BitsAllocated = made.BitsStored = 16
    made.HighBit, made.PixelRepresentation = 15, int(stored.dtype.kind == "i")
    made.RescaleSlope, made.RescaleIntercept = short(image.greys.slope), short(image.greys.intercept)
    axes = image.affine[:3, :3]
    lengths = np.linalg.norm(axes, axis=0)
    made.PixelSpacing = [short(lengths[1]), short(lengths[0])]
    made.SliceThickness = short(lengths[2])
    made.ImageOrientationPatient = [short(x) for axis in (0, 1) for x in axes[:, axis] / lengths[axis]]
    sample = stored[:: max(1, len(stored) // 32), ::4, ::4] * image.greys.slope + image.greys.intercept
    low, high = (float(x) for x in np.percentile(sample, (1, 99)))
    made.WindowCenter, made.WindowWidth = f"{(low + high) / 2:.6g}", f"{max(high - low, 1):.6g}"


def short(value: float) -> DSfloat:
    """Return a number that is written within the 16 characters of a decimal string."""
    return DSfloat(float(value) + 0.0, auto_format=True)


def _slices(image: _Image, made: Dataset) -> Iterator[Dataset]:
    """Yield the images one after the other; each time the same object, changed."""
    origin, step = image.affine[:3, 3], image.affine[:3, 2]
    for index, values in enumerate(image.greys.stored):
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = generate_uid(prefix=None)
        made.InstanceNumber = index + 1
        made.ImagePositionPatient = [short(x) for x in origin + index * step]
        made.PixelData = values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
        yield made
