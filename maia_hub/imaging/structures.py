"""RT structure sets, of whatever program, as masks on the voxels of a series."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.uid import RTStructureSetStorage

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging.contours import Points, inside
from maia_hub.imaging.faults import Source, bad_image
from maia_hub.imaging.labels import TISSUE, Code, Label
from maia_hub.imaging.masks import Mask, SeriesLike, series_like
from maia_hub.imaging.planes import Plane
from maia_hub.imaging.reading import loaded, quiet
from maia_hub.imaging.volumes import Stack

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_OFF = 0.1
"""Share of the spacing that an outline may lie off its slice: writers round."""
_MOST = 65535


def rtstruct_to_mask(
    rtstruct: Dataset | os.PathLike[str] | str,
    of: SeriesLike,
    *,
    structures: Collection[int | str] | None = None,
) -> Mask:
    """Return an RT structure set as a mask on the voxels of the series that it was drawn on.

    A voxel belongs to a structure if its centre is inside of an odd number of its outlines, so that an outline in
    another is a hole. The numbers are the structures' own, or
    count from 1 if one of them is below; ``structures`` takes some alone, by number or name.

    Raises:
        BadImage: it is no structure set, or was drawn in other coordinates; an outline is not closed, is broken, or
            does not lie in a slice of the series.
        InvalidInput: structures overlap, so that one mask cannot hold them.
    """
    dataset, source = loaded(rtstruct)
    stack = series_like(of)
    with quiet():
        if dataset.get("SOPClassUID") != RTStructureSetStorage:
            raise bad_image(source, "not-a-structure-set", "it is no RT structure set", "SOPClassUID")
        _check_coordinates(dataset, source, stack)
        labels = _labels(dataset, source)
        taken = _taken(labels, structures)
        values = _values(labels)
        named = {values[number]: labels[number] for number in taken}
        array = np.zeros(stack.shape[:3], np.uint8 if max(named, default=0) < 256 else np.uint16)
        for item in dataset.get("ROIContourSequence") or []:
            number = int(item.get("ReferencedROINumber", -1))
            if number in taken:
                _fill(array, values[number], _Drawn(item, labels[number].name, source), stack, named)
    return Mask(array, stack.affine, named)


def _values(labels: dict[int, Label]) -> dict[int, int]:
    """Return a mask's number for each structure: its own, unless some cannot be in a mask."""
    fit = all(0 < number <= _MOST for number in labels)
    return {number: number if fit else place for place, number in enumerate(labels, 1)}


def _check_coordinates(dataset: Dataset, source: Source, stack: Stack) -> None:
    frames = {
        str(each.get("ReferencedFrameOfReferenceUID") or "")
        for each in dataset.get("StructureSetROISequence") or []
    } - {""}
    own = stack.text("FrameOfReferenceUID")
    if own and frames and own not in frames:
        words = f"it was drawn in other coordinates (frame of reference {sorted(frames)[0]}) than the series' ({own})"
        raise bad_image(source, "frame-of-reference", words, "ReferencedFrameOfReferenceUID")


def _labels(dataset: Dataset, source: Source) -> dict[int, Label]:
    codes = {
        int(each.get("ReferencedROINumber", -1)): each.get("RTROIIdentificationCodeSequence")
        for each in dataset.get("RTROIObservationsSequence") or []
    }
    labels: dict[int, Label] = {}
    for item in dataset.get("StructureSetROISequence") or []:
        number = int(item.get("ROINumber", -1))
        if number in labels:
            raise bad_image(source, "roi-number", f"ROINumber {number} is there twice", "ROINumber")
        code = (codes.get(number) or [None])[0]
        kind = (
            Code(str(code.CodeValue), str(code.CodeMeaning), str(code.CodingSchemeDesignator))
            if code
            else TISSUE
        )
        labels[number] = Label(str(item.get("ROIName") or f"structure {number}"), kind)
    return labels


def _taken(labels: dict[int, Label], wanted: Collection[int | str] | None) -> list[int]:
    if wanted is None:
        return sorted(labels)
    names = {label.name: number for number, label in labels.items()}
    unknown = [each for each in wanted if each not in names and each not in labels]
    if unknown:
        raise InvalidInput("there are no such structures", given=unknown, allowed=[*labels, *names])
    return sorted({each if isinstance(each, int) else names[each] for each in wanted})


class _Drawn:
    """The outlines of one structure."""

    def __init__(self, item: Dataset, name: str, source: Source) -> None:
        self.item = item
        self.name = name
        self.source = source

    def contours(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield the number of each outline and its points, in millimetres."""
        for number, each in enumerate(self.item.get("ContourSequence") or [], 1):
            kind = each.get("ContourGeometricType")
            if kind not in _CLOSED:
                raise self.bad(
                    number, f"is {kind}: only a closed outline encloses voxels", "ContourGeometricType"
                )
            yield number, self._points(number, each)

    def _points(self, number: int, each: Dataset) -> NDArray[np.float64]:
        element: Any = each.get_item("ContourData") if "ContourData" in each else None
        value = element.value if element is not None else None
        try:
            if isinstance(element, RawDataElement):
                value = (value or b"").strip(b" \0").split(b"\\")
            points = np.array(value, dtype="S" if isinstance(element, RawDataElement) else None).astype(
                np.float64
            )
            points = points.reshape(-1, 3)
        except (ValueError, TypeError) as error:
            raise self.bad(number, "is not made of points", "ContourData") from error
        if not len(points) or not np.isfinite(points).all():
            raise self.bad(number, "is not made of points", "ContourData")
        return points

    def bad(self, number: int, words: str, tag: str) -> Exception:
        """Return what is wrong with an outline."""
        return bad_image(self.source, "outline", f"outline {number} of {self.name} {words}", tag)


def _fill(array: NDArray[Any], value: int, drawn: _Drawn, stack: Stack, labels: dict[int, Label]) -> None:
    first = stack.planes[0]
    heights = np.array([(each.position - first.position) @ first.normal for each in stack.planes])
    of_slice: dict[int, list[Points]] = {}
    for number, points in drawn.contours():
        of = (points - first.position) @ first.normal
        k = int(np.argmin(np.abs(heights - of.mean())))
        if np.abs(of - heights[k]).max() > _OFF * stack.spacing[2]:
            words = f"does not lie in a slice of the series (at {points[0].round(3).tolist()} mm)"
            raise drawn.bad(number, words, "ContourData")
        of_slice.setdefault(k, []).append(_in_plane(points, stack.planes[k]))
    for k, ways in of_slice.items():
        filled = inside(ways, (array.shape[1], array.shape[0])).T
        taken = array[:, :, k][filled]
        if taken.any():
            other = labels[int(taken[taken != 0][0])].name
            raise InvalidInput(
                f"the structures {other} and {drawn.name} overlap: one mask cannot hold both",
                advice="take them one by one: structures=[…]",
            )
        array[:, :, k][filled] = value


def _in_plane(points: NDArray[np.float64], plane: Plane) -> Points:
    """Return points as columns and rows of a slice, counted from the outer corner of the first voxel."""
    away = points - plane.position
    across = np.stack([away @ plane.row / plane.spacing[1], away @ plane.column / plane.spacing[0]], axis=1)
    return np.asarray(across + 0.5)
