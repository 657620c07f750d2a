"""A submission as a DICOM segmentation object: a version with a number, after the one before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydicom import Dataset
from pydicom.uid import UID, SegmentationStorage

from maia_hub import __version__
from maia_hub.core.errors import InvalidInput
from maia_hub.imaging import mask_to_seg
from maia_hub.imaging.masks import MaskLike, SeriesLike, series_like
from maia_hub.monailabel.labels.submissions import Submission

LABEL = "VERSION {}"
"""The content label of a version."""
MONAI = ("MONAI Consortium", "MONAI Label")
MAIA = ("MAIA Hub", "MAIA Hub")
_MOST = 64


@dataclass(frozen=True)
class Before:
    """The version that a new one comes after."""

    uid: str
    series_uid: str
    sop_class: str = SegmentationStorage


def encoded(
    mask: MaskLike, of: SeriesLike, what: Submission, number: int, before: Before | None = None
) -> Dataset:
    """Return a submission's mask as version ``number`` of the labels of a series.

    Raises:
        InvalidInput: the mask is empty or not on the series' voxels, holds a number without a label, or the series is
            another one.
        BadImage: the series cannot be read.
    """
    stack = series_like(of)
    if stack.series_uid != what.of:
        raise InvalidInput("The label is for another series.", given=stack.series_uid, allowed=what.of)
    made = mask_to_seg(mask, stack, what.labels, author=what.author)
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = UID(what.uid)
    made.SeriesInstanceUID = UID(what.series_uid)
    made.SeriesNumber, made.InstanceNumber = int(made.SeriesNumber) * 1000 + number, number
    made.SeriesDescription = described((label.name for label in what.labels.values()), number)
    made.ContentLabel, made.ContentDescription = LABEL.format(number), made.SeriesDescription
    here = what.at.astimezone()
    made.ContentDate, made.ContentTime = here.strftime("%Y%m%d"), here.strftime("%H%M%S.%f")
    made.ContributingEquipmentSequence = _equipment(what)
    if before is not None:
        _refer(made, before)
    return made


def described(names: Iterable[str], number: int) -> str:
    """Return what a version's series is called: what was labelled, and which version it is."""
    end = f", version {number}"
    return ", ".join(names)[: _MOST - len(end)] + end


def _equipment(what: Submission) -> list[Dataset]:
    """Return what had a part in it (PS3.3 C.12.1): both processed the images (PS3.16, CID 7005)."""
    from highdicom.base_content import ContributingEquipment  # noqa: PLC0415
    from pydicom.sr.codedict import codes  # noqa: PLC0415

    parts = [(MONAI, what.tool, "label drawn or predicted"), (MAIA, __version__, "label encoded and stored")]
    return [
        ContributingEquipment(
            manufacturer,
            codes.cid7005.ProcessingEquipment,
            manufacturer_model_name=model,
            software_versions=version or None,
            contribution_datetime=what.at,
            contribution_description=did,
        )
        for (manufacturer, model), version, did in parts
    ]


def _refer(made: Dataset, before: Before) -> None:
    """Name the version before: as its predecessor, and among the objects of the study that it speaks of."""
    from highdicom.sr import CodedConcept  # noqa: PLC0415

    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = before.sop_class, before.uid
    series = Dataset()
    series.SeriesInstanceUID, series.ReferencedInstanceSequence = before.series_uid, [reference]
    made.ReferencedSeriesSequence.append(series)
    purpose = Dataset()
    purpose.update(reference)
    purpose.PurposeOfReferenceCodeSequence = [CodedConcept("121348", "DCM", "Temporal Predecessor")]
    made.ReferencedInstanceSequence = [purpose]
