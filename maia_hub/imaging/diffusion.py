"""Diffusion: how strongly each volume of a series is weighted, and in which direction.

Directions are written as FSL reads them and dcm2niix writes them: along the axes of the image, the first one turned
round where the affine does not mirror.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from maia_hub.imaging.planes import Header, Vector
from maia_hub.imaging.reading import BROKEN, quiet
from maia_hub.imaging.volumes import Stack, headers

_LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Gradients:
    """``values[t]`` in s/mm²; ``directions[t]`` of length 1 in DICOM's patient coordinates, 0 where there is none."""

    values: Vector
    directions: Vector

    @property
    def bval(self) -> str:
        """The text of a file .bval."""
        return _line(self.values)

    def bvec(self, affine: Vector) -> str:
        """Return the text of a file .bvec, for an image of this affine."""
        return "".join(_line(axis) for axis in along(self.directions, affine).T)


def along(directions: Vector, affine: Vector) -> Vector:
    """Return directions of patient coordinates along the axes of an image, as FSL has them."""
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    turned: Vector = (directions * _LPS_TO_RAS) @ axes
    if np.linalg.det(axes) > 0:
        turned[:, 0] *= -1
    return turned + 0.0  # no -0


def gradients(stack: Stack) -> Gradients | None:
    """Return how each volume of a series is weighted; None unless every one of several says so."""
    if len(stack.shape) != 4:
        return None
    with quiet():
        firsts = headers(stack)[:: stack.shape[2]]
        values = [_value(header) for header in firsts]
        if any(value is None for value in values):
            return None
        return Gradients(np.array(values, float), np.array([_direction(header) for header in firsts]))


def _value(header: Header) -> float | None:
    found = header.number("DiffusionBValue")
    return 0.0 if found is None and header.get("DiffusionDirectionality") == "NONE" else found


def _direction(header: Header) -> Vector:
    found = header.get("DiffusionGradientOrientation")
    if found is None:
        within: Any = header.get("DiffusionGradientDirectionSequence") or [{}]
        found = within[0].get("DiffusionGradientOrientation")
    try:
        direction = np.array([] if found is None else found, float)
    except (*BROKEN, ValueError, TypeError):
        return np.zeros(3)
    length = float(np.linalg.norm(direction)) if direction.shape == (3,) else 0.0
    return direction / length if np.isfinite(length) and length > 0 else np.zeros(3)


def _line(numbers: Vector) -> str:
    return " ".join(f"{number:.6g}" for number in numbers) + "\n"
