"""The planes that images consist of: where each lies, and which of several images of the same place it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from maia_hub.imaging.faults import BadImage, Source, bad_image
from maia_hub.imaging.reading import BROKEN

Vector: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plane:
    """One plane of voxels, in millimetres of DICOM's patient coordinates (to the left, to the back, to the head).

    ``row`` points along a row (to the next column), ``column`` along a column (to the next row); both have length 1.
    ``spacing`` is between rows and between columns, as DICOM says it; ``size`` is rows and columns. ``keys`` tell
    images of the same place apart (`KEYS`).
    """

    position: Vector
    row: Vector
    column: Vector
    spacing: tuple[float, float]
    size: tuple[int, int]
    thickness: float | None = None
    keys: Mapping[str, float] = field(default_factory=dict)
    source: Source = field(default_factory=Source)

    @property
    def normal(self) -> Vector:
        """The direction across the plane."""
        normal: Vector = np.cross(self.row, self.column)
        return normal

    def __str__(self) -> str:
        return f"{self.source} at {said(self.position)} mm"


def said(position: Vector) -> str:
    """Return coordinates as a person reads them."""
    return "\\".join(f"{x:.4f}".rstrip("0").rstrip(".") for x in position)


KEYS = (
    "TemporalPositionIdentifier",
    "TemporalPositionIndex",
    "EchoTime",
    "EffectiveEchoTime",
    "EchoNumbers",
    "DiffusionBValue",
    "FlipAngle",
    "InversionTime",
    "TriggerTime",
    "NominalCardiacTriggerDelayTime",
    "TemporalPositionTimeOffset",
    "AcquisitionNumber",
    "AcquisitionTime",
    "ContentTime",
    "FrameAcquisitionNumber",
    "InstanceNumber",
)
"""What tells planes at one place apart, what says it best first."""
_GROUPS = (
    "PlanePositionSequence",
    "PlaneOrientationSequence",
    "PixelMeasuresSequence",
    "FrameContentSequence",
    "MREchoSequence",
    "MRDiffusionSequence",
    "MRTimingAndRelatedParametersSequence",
    "CardiacSynchronizationSequence",
    "TemporalPositionSequence",
    "PixelValueTransformationSequence",
    "SegmentIdentificationSequence",
)
_ORTHOGONAL = 1e-3
_UNIT = 1e-2


class Header:
    """The attributes of one plane: those of the object, or of a frame with what all frames share."""

    def __init__(self, dataset: Dataset, source: Source) -> None:
        self.source = source
        self._places = [dataset]
        if source.frame is not None and "PerFrameFunctionalGroupsSequence" in dataset:
            own = dataset.PerFrameFunctionalGroupsSequence[source.frame - 1]
            shared = dataset.get("SharedFunctionalGroupsSequence") or []
            groups = [
                group for place in (own, *shared) for name in _GROUPS for group in place.get(name) or []
            ]
            self._places = [*groups, dataset]

    def get(self, keyword: str) -> object:
        """Return the value of an attribute, None if it is missing or empty."""
        for place in self._places:
            if keyword in place:
                try:
                    value: object = place[keyword].value
                except BROKEN as error:
                    raise bad_image(self.source, "unreadable", f"{error}"[:200], keyword) from error
                return None if value == "" else value
        return None

    def numbers(self, keyword: str, count: int) -> Vector:
        """Return the numbers of an attribute.

        Raises:
            BadImage: they are missing, too few or too many, or no finite numbers.
        """
        value = self.get(keyword)
        if value is None:
            raise bad_image(self.source, "missing-tag", f"{keyword} is missing or empty", keyword)
        try:
            found = np.atleast_1d(np.array(value, dtype=np.float64))
        except (ValueError, TypeError) as error:
            raise bad_image(
                self.source, "not-a-number", f"{keyword} is not made of numbers", keyword
            ) from error
        if found.shape != (count,) or not np.isfinite(found).all():
            raise bad_image(
                self.source, "not-a-number", f"{keyword} is {value}, not {count} finite numbers", keyword
            )
        return found

    def number(self, keyword: str, default: float | None = None) -> float | None:
        """Return a single number, the default if it is missing or none."""
        try:
            value = self.get(keyword)
            return default if value is None else float(np.ravel(np.array(value, dtype=np.float64))[0])
        except (ValueError, TypeError, IndexError, BadImage):
            return default


def plane(dataset: Dataset, source: Source) -> Plane:
    """Return where a plane lies.

    Raises:
        BadImage: something of what says it is missing or wrong.
    """
    header = Header(dataset, source)
    position = header.numbers("ImagePositionPatient", 3)
    cosines = header.numbers("ImageOrientationPatient", 6)
    spacing = header.numbers("PixelSpacing", 2)
    rows, columns = int(header.numbers("Rows", 1)[0]), int(header.numbers("Columns", 1)[0])
    if rows <= 0 or columns <= 0:
        raise bad_image(source, "empty", f"it has {rows} rows and {columns} columns", "Rows")
    if (spacing <= 0).any():
        raise bad_image(source, "bad-spacing", f"PixelSpacing is {spacing}, not positive", "PixelSpacing")
    row, column = _direction(cosines[:3], source), _direction(cosines[3:], source)
    if abs(float(row @ column)) > _ORTHOGONAL:
        message = f"rows and columns are not at a right angle (ImageOrientationPatient {said(cosines)})"
        raise bad_image(source, "not-orthogonal", message, "ImageOrientationPatient")
    return Plane(
        position=position,
        row=row,
        column=column,
        spacing=(float(spacing[0]), float(spacing[1])),
        size=(rows, columns),
        thickness=header.number("SpacingBetweenSlices") or header.number("SliceThickness"),
        keys=_keys(header),
        source=source,
    )


def _direction(cosines: Vector, source: Source) -> Vector:
    length = float(np.linalg.norm(cosines))
    if abs(length - 1) > _UNIT:
        message = f"a direction in ImageOrientationPatient has length {length:.4g}, not 1"
        raise bad_image(source, "not-orthogonal", message, "ImageOrientationPatient")
    return cosines / length


def _keys(header: Header) -> dict[str, float]:
    found = {name: header.number(name) for name in KEYS}
    return {name: value for name, value in found.items() if value is not None and np.isfinite(value)}
