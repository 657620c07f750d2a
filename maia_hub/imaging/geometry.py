"""Planes into a volume, exactly or not at all; and grids that are the same but for the order of their voxels.

Volumes have NIfTI's axes: ``array[i, j, k]`` with i along a row of the image, j along a column, k from slice to slice,
and an affine to millimetres towards right, front and head (RAS+). DICOM counts towards left and back: the first two
coordinates change their sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging.faults import BadGeometry, tagged
from maia_hub.imaging.planes import KEYS, Plane, Vector

_SAME_PLACE = 1e-3
"""Millimetres up to which positions are the same: writers round them."""
_EVEN = 0.01
"""Share of the spacing by which a gap may differ; rounding of positions comes to less."""
_ROUNDING = 2e-3
_PARALLEL = 1e-3
_TILT = 1e-3
"""Radians that the step from slice to slice may be off the slices' normal."""
_TIMES = {"TriggerTime", "AcquisitionTime", "ContentTime", "TemporalPositionTimeOffset", "AcquisitionNumber"}
_TIMES |= {"NominalCardiacTriggerDelayTime", "FrameAcquisitionNumber"}
"""Keys that grow from image to image and need not be the same from place to place."""
TO_RAS: Vector = np.diag([-1.0, -1.0, 1.0, 1.0])
"""DICOM's patient coordinates to NIfTI's, and back."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Where the voxels of a volume are; ``order`` names the planes by number, for each volume of a series in turn."""

    shape: tuple[int, int, int]
    affine: Vector
    order: tuple[tuple[int, ...], ...]


def stack(planes: Sequence[Plane]) -> Grid:
    """Return how planes make up a volume, or several of the same place.

    Raises:
        BadGeometry: they do not; it names the plane that is wrong and what is.
    """
    _check_alike(planes)
    first = planes[0]
    heights = np.array([(each.position - first.position) @ first.normal for each in planes])
    places = _places(planes, heights)
    _check_counts(planes, places)
    lowest = [planes[place[0]] for place in places]
    step = _step(lowest)
    order = _order(planes, places)
    rows, columns = first.size
    return Grid((columns, rows, len(places)), _affine(lowest[0], step), order)


def _affine(first: Plane, step: Vector) -> Vector:
    affine = np.eye(4)
    affine[:3, 0] = first.row * first.spacing[1]
    affine[:3, 1] = first.column * first.spacing[0]
    affine[:3, 2] = step
    affine[:3, 3] = first.position
    turned: Vector = TO_RAS @ affine
    return turned


def _check_alike(planes: Sequence[Plane]) -> None:
    if not planes:
        raise BadGeometry("there is no plane with pixels")
    first = planes[0]
    for each in planes[1:]:
        if each.size != first.size:
            words = f"has {each.size[0]}x{each.size[1]} voxels, {first.source} has {first.size[0]}x{first.size[1]}"
            raise _fault(each, "mixed-sizes", words, "Rows")
        turned = max(np.abs(each.row - first.row).max(), np.abs(each.column - first.column).max())
        if turned > _PARALLEL:
            words = (
                f"lies in another direction than {first.source}: slices of several orientations in one series"
            )
            raise _fault(each, "mixed-orientations", words, "ImageOrientationPatient")
        if not np.allclose(each.spacing, first.spacing, rtol=1e-4):
            words = f"has PixelSpacing {each.spacing}, {first.source} has {first.spacing}"
            raise _fault(each, "mixed-spacings", words, "PixelSpacing")


def _places(planes: Sequence[Plane], heights: Vector) -> list[list[int]]:
    """Return the planes of each place, from the lowest along the normal."""
    places: list[list[int]] = []
    for index in np.argsort(heights, kind="stable"):
        if places and heights[index] - heights[places[-1][0]] < _SAME_PLACE:
            beside = np.linalg.norm(planes[index].position - planes[places[-1][0]].position)
            if beside > _SAME_PLACE * 10:
                words = f"lies {beside:.4g} mm beside {planes[places[-1][0]].source}, at the same height"
                raise _fault(planes[index], "beside", words, "ImagePositionPatient")
            places[-1].append(int(index))
        else:
            places.append([int(index)])
    return places


def _check_counts(planes: Sequence[Plane], places: Sequence[Sequence[int]]) -> None:
    counts = [len(place) for place in places]
    usual = sorted(counts)[len(counts) // 2]
    for place, count in zip(places, counts, strict=True):
        if count == usual:
            continue
        each = planes[place[-1]]
        if count > usual:
            others = ", ".join(str(planes[index].source) for index in place[:-1])
            words = f"doubles {others}: {count} slices at one place, {usual} at most others"
            raise _fault(each, "doubled-slice", words, "ImagePositionPatient")
        words = f"is one of {count} slices at its place, while there are {usual} at most others"
        raise _fault(each, "missing-slice", words, "ImagePositionPatient")


def _step(planes: Sequence[Plane]) -> Vector:
    """Return the way from slice to slice, in DICOM's coordinates."""
    first = planes[0]
    if len(planes) == 1:
        return first.normal * (first.thickness or 1.0)
    positions = np.array([each.position for each in planes])
    step: Vector = (positions[-1] - positions[0]) / (len(planes) - 1)
    _check_gaps(planes, (positions - positions[0]) @ first.normal)
    along = float(step @ first.normal)
    aside = float(np.linalg.norm(step - along * first.normal))
    if aside > _TILT * along:
        angle = np.degrees(np.arctan2(aside, along))
        words = f"the stack leans by {angle:.2f} degrees (gantry tilt): its voxels are not boxes"
        raise _fault(planes[1], "gantry-tilt", words, "ImagePositionPatient")
    off = np.linalg.norm(positions - positions[0] - np.arange(len(planes))[:, None] * step, axis=1)
    worst = int(np.argmax(off))
    if off[worst] > 2 * max(_EVEN * along, _ROUNDING):
        words = f"lies {off[worst]:.4g} mm from where evenly spaced slices would be"
        raise _fault(planes[worst], "unequal-spacing", words, "ImagePositionPatient")
    return step


def _check_gaps(planes: Sequence[Plane], heights: Vector) -> None:
    gaps = np.diff(heights)
    usual = float(np.sort(gaps)[(len(gaps) - 1) // 2])
    for index, gap in enumerate(gaps):
        if abs(gap - usual) <= max(_EVEN * usual, _ROUNDING):
            continue
        before, after = planes[index], planes[index + 1]
        times = gap / usual
        if times > 1.5 and abs(times - round(times)) < 0.05:
            words = f"follows {before.source} after {gap:.4g} mm, not {usual:.4g}: {round(times) - 1} missing between"
            raise _fault(after, "missing-slice", words, "ImagePositionPatient")
        words = (
            f"follows {before.source} after {gap:.4g} mm, most others after {usual:.4g} mm: unequal spacing"
        )
        raise _fault(after, "unequal-spacing", words, "ImagePositionPatient")


def _order(planes: Sequence[Plane], places: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    if len(places[0]) == 1:
        return (tuple(place[0] for place in places),)
    for key in KEYS:
        values = [[planes[index].keys.get(key) for index in place] for place in places]
        if _tells_apart(values, key):
            ordered = [sorted(place, key=lambda index: planes[index].keys[key]) for place in places]
            return tuple(zip(*ordered, strict=True))
    each = planes[places[0][1]]
    words = (
        f"is at the place of {planes[places[0][0]].source}, and nothing tells which volume either belongs to"
    )
    raise _fault(each, "doubled-slice", words, "ImagePositionPatient")


def _tells_apart(values: Sequence[Sequence[float | None]], key: str) -> bool:
    if any(None in each or len(set(each)) != len(each) for each in values):
        return False
    if key == "InstanceNumber":
        return _runs(np.sort(np.array(values, dtype=np.float64), axis=1))
    return key in _TIMES or all(set(each) == set(values[0]) for each in values)


def _runs(numbers: Vector) -> bool:
    """Tell whether sorted numbers (place, volume) go through one volume after the other, or one place after it."""
    by_volume = numbers.max(axis=0)[:-1] < numbers.min(axis=0)[1:]
    by_place = np.argsort(numbers[:, 0])
    ends, begins = numbers.max(axis=1)[by_place][:-1], numbers.min(axis=1)[by_place][1:]
    return bool(by_volume.all() or (ends < begins).all())


def _fault(plane: Plane, fault: str, words: str, tag: str) -> BadGeometry:
    details = {
        "fault": fault,
        "tag": tagged(tag),
        "position": [float(x) for x in plane.position],
        **plane.source.details(),
    }
    return BadGeometry(f"{plane}: {words}", details=details)


def corners(shape: Sequence[int], affine: Vector) -> Vector:
    """Return where the centres of the eight outermost voxels are, row by row."""
    ends = np.array(np.meshgrid(*[(0, size - 1) for size in shape[:3]], indexing="ij")).reshape(3, 8)
    return np.asarray((affine[:3, :3] @ ends + affine[:3, 3:]).T)


def check_orthogonal(affine: Vector, tolerance: float = 1e-4) -> None:
    """See that the axes of a volume are at right angles, as DICOM and most else want them.

    Raises:
        InvalidInput: they are not, or are not there at all.
    """
    axes = affine[:3, :3]
    lengths = np.linalg.norm(axes, axis=0)
    if affine.shape != (4, 4) or not np.isfinite(affine).all() or (lengths < 1e-6).any():
        raise InvalidInput("the affine says no size of the voxels", given=affine.tolist())
    angles = (axes / lengths).T @ (axes / lengths) - np.eye(3)
    if np.abs(angles).max() > tolerance:
        one, other = (int(x) for x in np.unravel_index(np.argmax(np.abs(angles)), (3, 3)))
        degrees = float(np.degrees(np.arccos(np.clip(angles[one, other], -1, 1))))
        raise InvalidInput(
            f"axes {'ijk'[one]} and {'ijk'[other]} of the affine are at {degrees:.3f} degrees, not at a right angle",
            given=affine.tolist(),
            advice="resample the volume onto a grid with right angles first",
        )


@dataclass(frozen=True)
class Turn:
    """How one grid becomes another: axes to take, which of them backwards, and where the first voxel then is."""

    axes: tuple[int, int, int]
    backwards: tuple[bool, bool, bool]
    offset: tuple[int, int, int]


def exactly(source: Vector, shape: Sequence[int], target: Vector, tolerance: float = 1e-2) -> Vector | None:
    """Return the whole numbers (4 by 4) that lead from voxels of one grid to those of another.

    None if centres of voxels differ by more than ``tolerance``, in voxels of the target, at the corners of the source.
    """
    moved = np.linalg.inv(target) @ source
    axes = np.argmax(np.abs(moved[:3, :3]), axis=0)
    if sorted(axes) != [0, 1, 2]:
        return None
    exact = np.zeros((4, 4))
    exact[axes, range(3)] = np.sign(moved[axes, range(3)])
    exact[:, 3] = np.round(moved[:, 3])
    if np.abs(corners(shape, moved) - corners(shape, exact)).max() > tolerance:
        return None
    return exact


def turn(source: Vector, shape: Sequence[int], target: Vector) -> Turn | None:
    """Return how voxels of one grid are those of another; None if they are not."""
    exact = exactly(source, shape, target)
    if exact is None:
        return None
    first, second, third = (int(np.flatnonzero(exact[axis, :3])[0]) for axis in range(3))
    taken = (first, second, third)
    backwards = [bool(exact[axis, taken[axis]] < 0) for axis in range(3)]
    begins = [int(exact[axis, 3]) - (int(shape[taken[axis]]) - 1) * backwards[axis] for axis in range(3)]
    return Turn(taken, (backwards[0], backwards[1], backwards[2]), (begins[0], begins[1], begins[2]))


def turned(array: NDArray[np.generic], how: Turn) -> NDArray[np.generic]:
    """Return an array with its axes as the other grid has them, without copying it."""
    flips = tuple(slice(None, None, -1) if back else slice(None) for back in how.backwards)
    moved: NDArray[np.generic] = array.transpose(*how.axes, *range(3, array.ndim))[flips]
    return moved


def upright(affine: Vector, shape: Sequence[int]) -> tuple[Turn, Vector]:
    """Return how to turn a volume so that its slices look as radiologists hang them, and the affine it then has.

    The third axis stays the one from slice to slice. Rows go to the patient's left, or to the back in a sagittal
    slice; columns to the back, or to the feet; slices along what is then their normal.
    """
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    others = [axis for axis in range(3) if axis != int(np.argmax(np.abs(axes[:, 2])))]
    straight = abs(axes[others[0], 0] * axes[others[1], 1]) >= abs(axes[others[0], 1] * axes[others[1], 0])
    taken = (0, 1, 2) if straight else (1, 0, 2)
    moved = axes[:, taken]
    backwards = [bool(moved[others[at], at] > 0) for at in range(2)]
    signed = moved * np.where([*backwards, False], -1.0, 1.0)
    # Two of three signs differ in DICOM: what is right-handed here is so there.
    backwards.append(bool(np.cross(signed[:, 0], signed[:, 1]) @ signed[:, 2] < 0))
    made = np.eye(4)
    made[:3, 3] = affine[:3, 3]
    for at, axis in enumerate(taken):
        made[:3, at] = affine[:3, axis] * (-1 if backwards[at] else 1)
        if backwards[at]:
            made[:3, 3] += affine[:3, axis] * (shape[axis] - 1)
    return Turn(taken, (backwards[0], backwards[1], backwards[2]), (0, 0, 0)), made
