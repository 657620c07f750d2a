"""Segmentation objects, of whatever program, as masks."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import UID, SegmentationStorage

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging.faults import BadGeometry, Source, bad_image
from maia_hub.imaging.geometry import TO_RAS
from maia_hub.imaging.labels import TISSUE, Code, Label
from maia_hub.imaging.masks import Mask, SeriesLike, placed, series_like
from maia_hub.imaging.pixels import stored_of
from maia_hub.imaging.planes import Header, Plane, Vector, plane
from maia_hub.imaging.reading import loaded, quiet
from maia_hub.imaging.volumes import Stack

LABELMAP = UID("1.2.840.10008.5.1.4.1.1.66.7")
"""Label Map Segmentation Storage."""
_EVEN = 0.05
"""Share of the spacing that a frame may lie off the place it should be at."""
Named: TypeAlias = "dict[int, tuple[int, Label]]"
"""Of each segment's number the number in the mask, and what it stands for."""
_TRACKED = re.compile(r"label ([0-9]{1,5})")


def seg_to_mask(
    seg: Dataset | os.PathLike[str] | str,
    of: SeriesLike | None = None,
    *,
    segments: Collection[int | str] | None = None,
) -> Mask:
    """Return a segmentation object as a mask: on the voxels of the series ``of``, or as far as its own frames reach.

    The numbers are those of the mask that `mask_to_seg` made it from, otherwise the segments' numbers. ``segments``
    takes some alone, by number or name.

    Raises:
        BadImage: it is no segmentation, or one of fractions; its frames do not lie evenly.
        InvalidInput: segments overlap, so that one mask cannot hold them; or they are not on the series' voxels.
    """
    dataset, source = loaded(seg)
    stack = None if of is None else series_like(of)
    with quiet():
        labelmap = _is_labelmap(dataset, source)
        labels = _labels(dataset, source)
        taken = _taken(labels, segments)
        frames = stored_of(dataset, source)
        planes = [plane(dataset, Source(source.path, source.sop, n)) for n in range(1, len(frames) + 1)]
        of_frames = [0] * len(planes) if labelmap else [_segment_of(dataset, each) for each in planes]
    _check_frame_of_reference(dataset, source, stack)
    affine, places = _grid(planes, stack)
    table = _values(labels, taken)
    array = np.zeros((max(places) + 1, *planes[0].size), np.uint8 if max(table) < 256 else np.uint16)
    for at, number, frame in zip(places, of_frames, frames, strict=True):
        if labelmap:
            array[at] = table[frame]
        elif table[number]:
            _add(array[at], frame, int(table[number]), labels, taken)
    made = array.transpose(2, 1, 0)
    named = dict(labels[number] for number in taken)
    if stack is None:
        return Mask(made, affine, named)
    return Mask(placed(made, affine, stack), stack.affine, named)


def _is_labelmap(dataset: Dataset, source: Source) -> bool:
    if dataset.get("SOPClassUID") not in (SegmentationStorage, LABELMAP):
        raise bad_image(source, "not-a-segmentation", "it is no segmentation object", "SOPClassUID")
    kind = dataset.get("SegmentationType")
    if kind not in ("BINARY", "LABELMAP"):
        words = f"its segmentation is {kind}: only BINARY and LABELMAP say of each voxel what it is"
        raise bad_image(source, "fractional", words, "SegmentationType")
    return bool(kind == "LABELMAP")


def _labels(dataset: Dataset, source: Source) -> Named:
    """Return of each segment's number the mask's number and what it stands for."""
    found: Named = {}
    for item in dataset.get("SegmentSequence") or []:
        number = int(item.get("SegmentNumber", 0))
        tracked = _TRACKED.fullmatch(str(item.get("TrackingID", "")))
        if number != 0:
            found[number] = (int(tracked[1]) if tracked else 0, _label(item, number))
    if not found:
        raise bad_image(source, "no-segments", "it has no segments", "SegmentSequence")
    if len({value for value, _ in found.values()}) < len(found) or not all(
        value for value, _ in found.values()
    ):
        return {number: (number, label) for number, (_, label) in found.items()}
    return found


def _label(item: Dataset, number: int) -> Label:
    kinds = item.get("SegmentedPropertyTypeCodeSequence") or []
    sides = kinds[0].get("SegmentedPropertyTypeModifierCodeSequence") if kinds else None
    return Label(
        str(item.get("SegmentLabel") or f"label {number}"),
        _code(kinds) or TISSUE,
        _code(item.get("SegmentedPropertyCategoryCodeSequence")) or TISSUE,
        _code(sides),
        _color(item),
    )


def _code(items: Sequence[Dataset] | None) -> Code | None:
    if not items:
        return None
    item = items[0]
    value, meaning, scheme = (
        str(item.get(name, "")) for name in ("CodeValue", "CodeMeaning", "CodingSchemeDesignator")
    )
    return Code(value, meaning, scheme)


def _color(item: Dataset) -> tuple[int, int, int] | None:
    from highdicom.color import CIELabColor  # noqa: PLC0415

    value = item.get("RecommendedDisplayCIELabValue")
    if value is None or len(value) != 3:
        return None
    red, green, blue = CIELabColor.from_dicom_value(value).to_rgb()
    return int(red), int(green), int(blue)


def _taken(labels: Named, wanted: Collection[int | str] | None) -> list[int]:
    if wanted is None:
        return sorted(labels)
    names = {label.name: number for number, (_, label) in labels.items()}
    unknown = [each for each in wanted if each not in names and each not in labels]
    if unknown:
        raise InvalidInput("there are no such segments", given=unknown, allowed=[*labels, *names])
    return sorted({each if isinstance(each, int) else names[each] for each in wanted})


def _values(labels: Named, taken: Sequence[int]) -> NDArray[np.uint16]:
    table = np.zeros(65536, np.uint16)
    for number in taken:
        table[number] = labels[number][0]
    return table


def _segment_of(dataset: Dataset, each: Plane) -> int:
    return int(Header(dataset, each.source).numbers("ReferencedSegmentNumber", 1)[0])


def _check_frame_of_reference(dataset: Dataset, source: Source, stack: Stack | None) -> None:
    own = dataset.get("FrameOfReferenceUID")
    if stack is not None and own and (other := stack.text("FrameOfReferenceUID")) and own != other:
        words = f"its coordinates (frame of reference {own}) are not those of the series ({other})"
        raise bad_image(source, "frame-of-reference", words, "FrameOfReferenceUID")


def _grid(planes: Sequence[Plane], stack: Stack | None) -> tuple[Vector, list[int]]:
    """Return an affine of the frames, and at which of its slices each lies: empty ones may be left out."""
    first = planes[0]
    heights = np.array([(each.position - first.position) @ first.normal for each in planes])
    lowest, highest = planes[int(np.argmin(heights))], planes[int(np.argmax(heights))]
    heights -= heights.min()
    for spacing in _spacings(heights, first, stack):
        places = np.round(heights / spacing)
        if np.abs(heights / spacing - places).max() < _EVEN:
            break
    else:
        details = {"fault": "unequal-spacing", "tag": "ImagePositionPatient", **first.source.details()}
        raise BadGeometry(f"{first.source}: its frames do not lie evenly spaced", details=details)
    count = int(places.max())
    step = (highest.position - lowest.position) / count if count else first.normal * spacing
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = first.row * first.spacing[1], first.column * first.spacing[0]
    affine[:3, 2], affine[:3, 3] = step, lowest.position
    return TO_RAS @ affine, [int(place) for place in places]


def _spacings(heights: Vector, first: Plane, stack: Stack | None) -> list[float]:
    """Return what the spacing may be, what is most likely first."""
    gaps = np.diff(np.unique(np.round(heights, 4)))
    found = [first.thickness, float(gaps.min()) if len(gaps) else None, 1.0 if not len(gaps) else None]
    if stack is not None:
        axes = (TO_RAS @ stack.affine)[:3, :3]
        along = np.abs(first.normal @ axes)
        found.insert(0, float(along.max()))
    return [each for each in found if each]


def _add(
    there: NDArray[Any],
    frame: NDArray[np.generic],
    value: int,
    labels: Named,
    taken: Sequence[int],
) -> None:
    inside = frame.astype(bool)
    other = there[inside]
    if other.any():
        first = int(other[other != 0][0])
        names = [label.name for own, label in (labels[number] for number in taken) if own in (value, first)]
        raise InvalidInput(
            f"the segments {' and '.join(names)} overlap: one mask cannot hold both",
            advice="take them one by one: segments=[…]",
        )
    there[inside] = value
