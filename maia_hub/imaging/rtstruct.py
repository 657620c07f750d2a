"""Masks as outlines in RT structure sets, for planning systems and for programs that know no segmentation objects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, FileMetaDataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from pydicom.uid import ImplicitVRLittleEndian, RTStructureSetStorage, generate_uid

from maia_hub import __version__
from maia_hub.core.errors import InvalidInput
from maia_hub.imaging.contours import Points, outlines
from maia_hub.imaging.labels import Author, Label, Labels, Person, labelled
from maia_hub.imaging.masks import MaskLike, SeriesLike, mask_on, series_like
from maia_hub.imaging.patients import NOBODY, belonging
from maia_hub.imaging.planes import Plane
from maia_hub.imaging.reading import quiet
from maia_hub.imaging.volumes import Stack
from maia_hub.imaging.writing import save

_STUDY = "1.2.840.10008.3.1.2.3.1"
"""Detached Study Management, which a structure set names a study by."""
_FARTHEST = 1e7
"""Millimetres that fit, with six decimals and a sign, into the 16 characters of a decimal string."""
_DATA = Tag(0x3006, 0x0050)
_COLORS = ((230, 60, 60), (60, 160, 240), (70, 200, 90), (240, 190, 50), (180, 90, 220), (60, 210, 210))


def mask_to_rtstruct(
    mask: MaskLike,
    of: SeriesLike,
    labels: Labels | None = None,
    *,
    author: Author,
    description: str = "",
    into: Path | str | None = None,
) -> Dataset:
    """Return a mask as an RT structure set of a series, written to the file ``into`` if one is named.

    Each number other than 0 becomes a structure with that number. Its outlines go along the edges of the voxels, so
    that every mask comes back from them as it was: a voxel belongs to a structure if its centre is inside. Islands are
    outlines of their own, holes are cut out by keyholes. Everything else is as in `mask_to_seg`.

    Raises:
        InvalidInput: the mask is not on the series' voxels, is empty, or holds a number that no label stands for.
        BadImage: the series cannot be read, or does not say what a structure set has to repeat.
    """
    stack = series_like(of)
    placed = mask_on(mask, stack)
    values = placed.values
    if not values:
        raise InvalidInput(
            "the mask is empty: there is nothing to outline", advice="give it a number other than 0"
        )
    named = labelled(labels or placed.labels or None, values)
    frames = np.ascontiguousarray(placed.array.transpose(2, 1, 0))
    with quiet():
        made = _set(stack, author, description)
        made.StructureSetROISequence = [_structure(value, named[value], made, author) for value in values]
        made.RTROIObservationsSequence = [_observation(value, named[value], author) for value in values]
        made.ROIContourSequence = [
            _outlined(n, value, named[value], frames, stack) for n, value in enumerate(values)
        ]
    if into is not None:
        save(made, into)
    return made


def _set(stack: Stack, author: Author, description: str) -> Dataset:
    now = datetime.now(timezone.utc)
    made = Dataset()
    made.file_meta = FileMetaDataset()
    # Explicit representations end a value at 64 KiB, which long outlines are beyond.
    made.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    made.SpecificCharacterSet = "ISO_IR 192"
    made.update(belonging(NOBODY, stack))
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = RTStructureSetStorage
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = generate_uid(prefix=None)
    made.SeriesInstanceUID, made.Modality, made.SeriesNumber = generate_uid(prefix=None), "RTSTRUCT", 1
    made.SeriesDescription = (description or f"Structures of {stack.description}")[:64]
    made.Manufacturer, made.ManufacturerModelName, made.SoftwareVersions = (
        "MAIA Hub",
        "maia_hub.imaging",
        __version__,
    )
    made.OperatorsName = author.name if isinstance(author, Person) else ""
    made.StructureSetLabel, made.InstanceNumber = "STRUCTURES", 1
    made.StructureSetDate = made.InstanceCreationDate = now.strftime("%Y%m%d")
    made.StructureSetTime = made.InstanceCreationTime = now.strftime("%H%M%S")
    made.ApprovalStatus = "UNAPPROVED"
    made.ReferencedFrameOfReferenceSequence = [_reference(stack, made.FrameOfReferenceUID)]
    return made


def _reference(stack: Stack, frame_of_reference: str) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = stack.series_uid
    series.ContourImageSequence = [_image(dataset) for dataset in stack.datasets]
    study = Dataset()
    study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = _STUDY, stack.study_uid
    study.RTReferencedSeriesSequence = [series]
    made = Dataset()
    made.FrameOfReferenceUID, made.RTReferencedStudySequence = frame_of_reference, [study]
    return made


def _image(dataset: Dataset, frame: int | None = None) -> Dataset:
    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    if frame is not None:
        made.ReferencedFrameNumber = frame
    return made


def _structure(value: int, label: Label, made: Dataset, author: Author) -> Dataset:
    structure = Dataset()
    structure.ROINumber, structure.ROIName = value, label.name
    structure.ReferencedFrameOfReferenceUID = made.FrameOfReferenceUID
    if isinstance(author, Person):
        structure.ROIGenerationAlgorithm = "MANUAL"
    else:
        structure.ROIGenerationAlgorithm = "SEMIAUTOMATIC" if author.by else "AUTOMATIC"
        structure.ROIGenerationDescription = f"{author.name} {author.version}"[:64]
    return structure


def _observation(value: int, label: Label, author: Author) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = (
        label.kind.value,
        label.kind.scheme,
        label.kind.meaning,
    )
    made = Dataset()
    made.ObservationNumber = made.ReferencedROINumber = value
    made.RTROIIdentificationCodeSequence = [code]
    made.RTROIInterpretedType = ""
    made.ROIInterpreter = author.name if isinstance(author, Person) else ""
    return made


def _outlined(number: int, value: int, label: Label, frames: NDArray[np.generic], stack: Stack) -> Dataset:
    made = Dataset()
    made.ReferencedROINumber = value
    made.ROIDisplayColor = list(label.color or _COLORS[number % len(_COLORS)])
    made.ContourSequence = list(_contours(frames, value, stack))
    return made


def _contours(frames: NDArray[np.generic], value: int, stack: Stack) -> Iterator[Dataset]:
    for k, frame in enumerate(frames):
        plane = stack.planes[k]
        dataset = stack.datasets[k if len(stack.datasets) > 1 else 0]
        for points in outlines(np.asarray(frame == value)):
            made = Dataset()
            made.ContourImageSequence = [_image(dataset, plane.source.frame)]
            made.ContourGeometricType = "CLOSED_PLANAR"
            made.NumberOfContourPoints = len(points)
            _put(made, _places(points, plane))
            yield made


def _places(points: Points, plane: Plane) -> NDArray[np.float64]:
    """Return where the corners of voxels are, in DICOM's coordinates."""
    x, y = (points - 0.5).T
    along = np.outer(x * plane.spacing[1], plane.row) + np.outer(y * plane.spacing[0], plane.column)
    return np.asarray(plane.position + along)


def _put(made: Dataset, places: NDArray[np.float64]) -> None:
    """Write coordinates as they are in a file: pydicom would look at each of very many numbers."""
    if np.abs(places).max() >= _FARTHEST:
        raise InvalidInput(f"a coordinate beyond {_FARTHEST:g} mm has no room in an RT structure set")
    text = "\\".join([f"{x:.6f}" for x in (places.ravel() + 0.0).tolist()]).encode()
    text += b" " * (len(text) % 2)
    made[_DATA] = RawDataElement(_DATA, "DS", len(text), text, 0, True, True)
