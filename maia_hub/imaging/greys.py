"""Values of any kind within the 16 bits that CT and MR images have, and how far off they then are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.valuerep import DSfloat

from maia_hub.core.errors import InvalidInput

_LEVELS = 65535


@dataclass(frozen=True, eq=False)
class Greys:
    """Stored values (int16 or uint16), what they are times ``slope`` plus ``intercept``, and the largest difference."""

    stored: NDArray[np.int16 | np.uint16]
    slope: float = 1.0
    intercept: float = 0.0
    error: float = 0.0


def greys(array: NDArray[Any], slope: float = 1.0, intercept: float = 0.0) -> Greys:
    """Return values as 16 bits hold them: whole numbers as they are if they fit, otherwise in 65,536 equal steps.

    ``slope`` and ``intercept`` are those that the values are stored with already.
    """
    kind = _fitting(array)
    if kind is not None and _short(slope) == slope and _short(intercept) == intercept:
        return Greys(array.astype(kind, copy=False), slope, intercept)
    return _stepped(array.astype(np.float64) * slope + intercept)


def check_real(array: NDArray[Any]) -> None:
    """See that voxels hold numbers that DICOM has.

    Raises:
        InvalidInput: they are no real numbers, or not all finite.
    """
    if array.dtype.kind not in "buif":
        raise InvalidInput("voxels hold one real number each", given=str(array.dtype))
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        where = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
        raise InvalidInput(f"voxel {where} holds {array[where]}, no number that DICOM has")


def _fitting(array: NDArray[Any]) -> np.dtype[Any] | None:
    """Return the type of 16 bits that holds whole numbers, None if they are not whole or do not fit."""
    least, most = array.min(), array.max()
    if array.dtype.kind == "f" and (array != np.rint(array)).any():
        return None
    for kind in (np.int16, np.uint16):
        if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max:
            return np.dtype(kind)
    return None


def _stepped(array: NDArray[np.float64]) -> Greys:
    least, most = float(array.min()), float(array.max())
    intercept, slope = _short(least), _short((most - least) / _LEVELS) or 1.0
    stored = np.clip(np.rint((array - intercept) / slope), 0, _LEVELS).astype(np.uint16)
    error = float(np.abs(stored * slope + intercept - array).max())
    return Greys(stored, slope, intercept, error)


def _short(value: float) -> float:
    """Return a number as the 16 characters of a decimal string hold it."""
    return float(DSfloat(value, auto_format=True))
