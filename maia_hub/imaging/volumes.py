"""A series of images as a volume: its voxels, exactly where they are, and the headers they came with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.imaging.faults import BadImage, Source, bad_image
from maia_hub.imaging.geometry import Grid, stack
from maia_hub.imaging.pixels import kind_for, measured, scale, stored
from maia_hub.imaging.planes import Header, Plane, Vector, plane
from maia_hub.imaging.progress import Meter, Tell
from maia_hub.imaging.reading import BROKEN, Found, files, objects, quiet, series_of

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Image

_MOSAIC = "MOSAIC"


@dataclass(frozen=True, eq=False, kw_only=True)
class Stack:
    """A series that makes up a volume, without its voxels.

    ``affine`` leads from voxel (i, j, k) to millimetres (RAS+), as NIfTI has it. ``planes`` are the slices in the order
    of k, all of the first volume, all of the second. ``datasets`` are the headers of the files without their pixels:
    one for each plane in the same order, a single one for an object of many frames.
    """

    shape: tuple[int, ...]
    affine: Vector
    planes: tuple[Plane, ...]
    datasets: tuple[Dataset, ...]

    def text(self, keyword: str) -> str:
        """Return an attribute of the series as text, empty if it is not there."""
        try:
            with quiet():
                return str(self.datasets[0].get(keyword) or "")
        except BROKEN:
            return ""

    @property
    def series_uid(self) -> str:
        """The series' own number."""
        return self.text("SeriesInstanceUID")

    @property
    def study_uid(self) -> str:
        """The number of the study that it belongs to."""
        return self.text("StudyInstanceUID")

    @property
    def modality(self) -> str:
        """CT, MR, PT …"""
        return self.text("Modality")

    @property
    def description(self) -> str:
        """What the scanner called the series."""
        return self.text("SeriesDescription")

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Millimetres from voxel to voxel along i, j and k."""
        lengths = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(lengths[0]), float(lengths[1]), float(lengths[2])


@dataclass(frozen=True, eq=False, kw_only=True)
class Volume(Stack):
    """A series as a volume.

    ``array[i, j, k]`` (``[i, j, k, t]`` if it has several volumes) is what was measured, in a CT Hounsfield units; i
    runs along the rows of the images, j along their columns, k from slice to slice.
    """

    array: NDArray[np.generic]

    def to_nifti(self) -> Nifti1Image:
        """Return it as nibabel has it."""
        import nibabel as nib  # noqa: PLC0415

        image = nib.nifti1.Nifti1Image(self.array, self.affine)
        image.header.set_xyzt_units("mm")
        image.set_sform(self.affine, 1)
        image.set_qform(self.affine, 1)
        return image


def read_series(
    folder: Path | str | Iterable[Path | str], *, series: str | None = None, progress: Tell | None = None
) -> Volume:
    """Read the images of one series from a folder or from files.

    The slices may lie in any order and under any names; other files are passed over. ``series`` is the
    SeriesInstanceUID, for a folder with several.

    Raises:
        NotFound: no such folder, no images in it, or not the series.
        BadImage: a file is broken, cannot be decoded, or lacks what says where it lies; it is named, with the tag.
        BadGeometry: slices are missing, doubled, unevenly spaced, tilted or turned; the first that is so is named.
        InvalidInput: there are several series in the folder.
    """
    return filled(read_stack(folder, series=series), progress)


def read_stack(folder: Path | str | Iterable[Path | str], *, series: str | None = None) -> Stack:
    """Read where the images of one series lie, without their voxels; otherwise as `read_series`."""
    groups = series_of(objects(files(folder)))
    return stacked(groups[chosen(groups, series)])


def chosen(groups: dict[str, list[Found]], series: str | None) -> str:
    """Return the one series that is meant."""
    if series is not None:
        if series not in groups:
            raise NotFound(f"there is no series {series} with images here", allowed=sorted(groups))
        return series
    if not groups:
        raise NotFound("there are no objects with images here")
    if len(groups) > 1:
        each = [
            f"{uid} ({found[0].path.name} and {len(found) - 1} more)" for uid, found in sorted(groups.items())
        ]
        raise InvalidInput(
            f"there are {len(groups)} series here: {'; '.join(each[:5])}",
            allowed=sorted(groups),
            advice="name the one that is meant: series=…",
        )
    return next(iter(groups))


def stacked(found: Sequence[Found]) -> Stack:
    """Return how the images of one series make up a volume."""
    _check_once(found)
    with quiet():
        made = [each for one in found for each in planes_of(one)]
        grid = stack(made)
    order = [index for volume in grid.order for index in volume]
    frames = len(found) == 1 and made[0].source.frame is not None
    datasets = (found[0].dataset,) if frames else _datasets(found, made, order)
    return Stack(
        shape=_shape(grid), affine=grid.affine, planes=tuple(made[i] for i in order), datasets=datasets
    )


def _datasets(found: Sequence[Found], made: Sequence[Plane], order: Sequence[int]) -> tuple[Dataset, ...]:
    of = {each.path: each.dataset for each in found}
    return tuple(of[path] for index in order if (path := made[index].source.path) is not None)


def _shape(grid: Grid) -> tuple[int, ...]:
    return grid.shape if len(grid.order) == 1 else (*grid.shape, len(grid.order))


def _check_once(found: Sequence[Found]) -> None:
    seen: dict[str, Found] = {}
    for each in found:
        uid = each.source.sop
        if not uid:
            raise bad_image(
                each.source, "missing-tag", "SOPInstanceUID is missing or empty", "SOPInstanceUID"
            )
        if uid in seen:
            words = f"it is the same object as {seen[uid].path.name}: a slice is there twice"
            raise bad_image(each.source, "doubled-slice", words, "SOPInstanceUID")
        seen[uid] = each


def planes_of(found: Found) -> list[Plane]:
    """Return the planes of one object.

    Raises:
        BadImage: it has several frames and does not say where each lies, or what says it is broken.
    """
    try:
        return _planes_of(found)
    except BadImage:
        raise
    except BROKEN as error:
        raise bad_image(found.source, "unreadable", f"it cannot be read: {error}"[:300]) from error


def _planes_of(found: Found) -> list[Plane]:
    dataset, source = found.dataset, found.source
    if _MOSAIC in (dataset.get("ImageType") or []):
        words = "it is a mosaic, many slices in one picture: ask the scanner for one image a slice"
        raise bad_image(source, "mosaic", words, "ImageType")
    if "PerFrameFunctionalGroupsSequence" in dataset:
        count = len(dataset.PerFrameFunctionalGroupsSequence)
        if count != int(dataset.get("NumberOfFrames") or 1):
            words = f"it has {dataset.get('NumberOfFrames')} frames and says of {count} where they are"
            raise bad_image(source, "frames", words, "NumberOfFrames")
        return [plane(dataset, Source(found.path, source.sop, n)) for n in range(1, count + 1)]
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        words = f"it has {dataset.NumberOfFrames} frames and does not say where each of them lies"
        raise bad_image(source, "frames", words, "NumberOfFrames")
    return [plane(dataset, source)]


def filled(stack: Stack, progress: Tell | None = None) -> Volume:
    """Read the voxels of a stack from its files."""
    with quiet():
        scales = [scale(header) for header in headers(stack)]
    raw = _raw(stack, Meter(len(stack.planes), progress))
    kind = kind_for(set(scales), raw)
    array = raw if kind == raw.dtype else np.empty(raw.shape, kind)
    for index, (slope, intercept) in enumerate(scales):
        array[index] = measured(raw[index], slope, intercept, kind)
    columns, rows, slices = stack.shape[:3]
    shaped = array.reshape(-1, slices, rows, columns).transpose(3, 2, 1, 0)
    return Volume(
        shape=stack.shape,
        affine=stack.affine,
        planes=stack.planes,
        datasets=stack.datasets,
        array=shaped if len(stack.shape) == 4 else shaped[..., 0],
    )


def _raw(stack: Stack, meter: Meter) -> NDArray[np.generic]:
    """Return the stored values: planes, rows, columns."""
    raw: NDArray[np.generic] | None = None
    frames: tuple[Path | None, NDArray[np.generic]] = (None, np.empty(0))
    for index, each in enumerate(stack.planes):
        path = each.source.path
        assert path is not None
        if path != frames[0]:
            frames = (path, stored(path, each.source))
        values = _frame(frames[1], each.source.frame or 1, each)
        if raw is None:
            raw = np.empty((len(stack.planes), *each.size), values.dtype)
        elif not np.can_cast(values.dtype, raw.dtype):
            raw = raw.astype(np.promote_types(raw.dtype, values.dtype))
        raw[index] = values
        meter.add(values.nbytes)
    assert raw is not None
    return raw


def headers(stack: Stack) -> list[Header]:
    """Return the attributes of each plane."""
    datasets = stack.datasets if len(stack.datasets) > 1 else stack.datasets * len(stack.planes)
    return [Header(dataset, each.source) for dataset, each in zip(datasets, stack.planes, strict=True)]


def _frame(frames: NDArray[np.generic], number: int, each: Plane) -> NDArray[np.generic]:
    if number > len(frames) or frames.shape[1:] != each.size:
        words = f"it holds {len(frames)} frames of {frames.shape[1:]}, not what its header says"
        raise bad_image(each.source, "truncated", words, "PixelData")
    values: NDArray[np.generic] = frames[number - 1]
    return values
