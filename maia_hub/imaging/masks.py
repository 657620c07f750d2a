"""Masks: a number for each voxel, and what the numbers stand for; brought onto the voxels of a series."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging.geometry import turn, turned
from maia_hub.imaging.labels import Label
from maia_hub.imaging.planes import Vector
from maia_hub.imaging.volumes import Stack, read_stack

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Image

_MOST = 65535


@dataclass(frozen=True, eq=False)
class Mask:
    """A number for each voxel, 0 for none; axes and affine are those of a `Volume`."""

    array: NDArray[np.generic]
    affine: Vector
    labels: dict[int, Label] = field(default_factory=dict)

    @property
    def values(self) -> list[int]:
        """The numbers other than 0 that it holds."""
        there = np.zeros(_MOST + 1, bool)
        along = np.moveaxis(self.array, int(np.argmax(self.array.strides)), 0)  # as it lies in memory
        for plane in along:
            there[plane[plane != 0].astype(np.intp)] = True
        return [int(each) for each in np.flatnonzero(there)]

    def to_nifti(self) -> Nifti1Image:
        """Return it as nibabel has it."""
        import nibabel as nib  # noqa: PLC0415

        image = nib.nifti1.Nifti1Image(self.array, self.affine)
        image.header.set_xyzt_units("mm")
        image.set_qform(self.affine, 1)
        return image


MaskLike: TypeAlias = "Mask | NDArray[np.generic] | Nifti1Image | os.PathLike[str] | str"
"""A mask, an array of a series' own axes, an image of nibabel, or the name of a NIfTI file."""
SeriesLike: TypeAlias = "Stack | os.PathLike[str] | str"
"""A series: read already, or a folder with it alone."""


def series_like(of: SeriesLike) -> Stack:
    """Return where a series lies that is a volume, or a folder with it."""
    stack = of if isinstance(of, Stack) else read_stack(Path(of))
    if len(stack.shape) != 3:
        raise InvalidInput(
            f"the series has {stack.shape[3]} volumes: which of them a mask belongs to is not said",
            advice="put the images of one volume into a folder of their own",
        )
    return stack


def mask_on(mask: MaskLike, of: Stack) -> Mask:
    """Return a mask on the voxels of a series; it may have its axes in another order or direction, and cover a part.

    Raises:
        InvalidInput: it holds something else than whole numbers from 0 to 65535, or its voxels are not the series'.
    """
    given = _mask(mask, of)
    array = placed(given.array, given.affine, of)
    return Mask(array, of.affine, given.labels)


def read_mask(mask: Mask | Nifti1Image | os.PathLike[str] | str) -> Mask:
    """Return a mask that says itself where it lies.

    Raises:
        InvalidInput: it cannot be read, or holds something else than whole numbers from 0 to 65535.
    """
    if isinstance(mask, Mask):
        return Mask(_whole(mask.array), mask.affine, mask.labels)
    image: Any = nifti(mask) if isinstance(mask, str | os.PathLike) else mask
    try:
        data = np.asanyarray(image.dataobj)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InvalidInput(f"The mask is cut short or broken: {error}"[:300]) from error
    whole = data.reshape(data.shape[:3]) if data.size == np.prod(data.shape[:3]) else data
    return Mask(_whole(whole), image.affine)


def _mask(mask: MaskLike, of: Stack) -> Mask:
    if isinstance(mask, np.ndarray):
        if mask.shape != of.shape:
            words = "a plain array has the axes of the series (i along rows, j along columns, k from slice to slice)"
            raise InvalidInput(words, given=list(mask.shape), allowed=list(of.shape))
        return Mask(_whole(mask), of.affine)
    return read_mask(mask)


def nifti(path: str | os.PathLike[str]) -> Any:
    """Open a NIfTI file.

    Raises:
        InvalidInput: it is none, or broken.
    """
    import nibabel as nib  # noqa: PLC0415

    try:
        return nib.load(path)
    except (nib.filebasedimages.ImageFileError, OSError, EOFError, ValueError) as error:
        raise InvalidInput(f"{Path(path).name} cannot be read as NIfTI: {error}"[:300]) from error


def _whole(array: NDArray[Any]) -> NDArray[np.generic]:
    """Return the values of a mask as the smallest type of whole numbers."""
    if array.ndim != 3 or not array.size:
        raise InvalidInput("a mask has three axes", given=list(array.shape))
    if array.dtype.kind not in "buif":
        raise InvalidInput("a mask holds whole numbers", given=str(array.dtype))
    least, most = array.min(), array.max()
    if not (least >= 0 and most <= _MOST):
        raise InvalidInput(f"a mask holds whole numbers from 0 to {_MOST}", given=[float(least), float(most)])
    whole = array.astype(np.uint8 if most < 256 else np.uint16, copy=False)
    if array.dtype.kind == "f" and (whole != array).any():
        first = np.argwhere(whole != array)[0]
        value = float(array[tuple(first)])
        raise InvalidInput(f"a mask holds whole numbers, not {value:g} as at voxel {tuple(first.tolist())}")
    return whole


def placed(array: NDArray[np.generic], affine: Vector, of: Stack) -> NDArray[np.generic]:
    """Return an array with the voxels of a series, zeros where it says nothing."""
    how = turn(affine, array.shape, of.affine)
    if how is None:
        raise InvalidInput(
            "the mask's voxels are not those of the series: another spacing, direction or place",
            given=np.round(affine, 4).tolist(),
            allowed=np.round(of.affine, 4).tolist(),
            advice="resample the mask onto the series (nearest neighbour) first",
        )
    moved = turned(array, how)
    if how.offset == (0, 0, 0) and moved.shape == of.shape[:3]:
        return moved
    return _pasted(moved, how.offset, of.shape[:3])


def _pasted(part: NDArray[np.generic], offset: Sequence[int], shape: Sequence[int]) -> NDArray[np.generic]:
    whole = np.zeros(tuple(shape), part.dtype)
    begins = [max(0, at) for at in offset]
    ends = [min(size, at + length) for size, at, length in zip(shape, offset, part.shape, strict=True)]
    if all(begin < end for begin, end in zip(begins, ends, strict=True)):
        there = tuple(slice(begin, end) for begin, end in zip(begins, ends, strict=True))
        here = tuple(slice(b - at, e - at) for b, e, at in zip(begins, ends, offset, strict=True))
        whole[there] = part[here]
    if np.count_nonzero(whole) != np.count_nonzero(part):
        lost = int(np.count_nonzero(part) - np.count_nonzero(whole))
        raise InvalidInput(f"{lost} voxels of the mask lie outside of the series", given=list(offset))
    return whole
