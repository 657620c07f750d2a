"""Slices of a volume as pictures, with a mask over them: a slider leads through them, a saved notebook keeps some."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import nibabel as nib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from maia_hub.core.errors import InvalidInput

PLANES = {"axial": 2, "coronal": 1, "sagittal": 0}
"""The axis that each leads along; left is left of the picture's right, as radiologists look."""
_SAMPLE = 1_000_000


def image_of(given: Any, like: Any = None) -> Any:
    """Return what is given as an image of nibabel: a volume or mask, an image, or an array on another's voxels.

    Raises:
        InvalidInput: it is none of them, or an array of another size.
    """
    if hasattr(given, "to_nifti"):
        return given.to_nifti()
    if isinstance(given, nib.spatialimages.SpatialImage):
        return given
    array = np.asarray(given)
    if like is None or array.shape != like.shape[:3]:
        raise InvalidInput(
            "That cannot be shown.",
            given=f"{type(given).__name__} {array.shape}",
            allowed="a volume, an image of nibabel, or an array of the volume's size",
        )
    return nib.nifti1.Nifti1Image(plain(array), like.affine)


def plain(array: NDArray[Any]) -> NDArray[Any]:
    """Return voxels in a kind that every viewer reads: whole numbers stay exact, others are of 32 bits."""
    if array.dtype == bool:
        return array.astype(np.uint8)
    if array.dtype.kind == "f" or array.dtype.itemsize > 4:
        return array.astype(np.float32) if array.dtype.kind == "f" else array.astype(np.int32)
    return array


@dataclass(frozen=True)
class Slices:
    """A volume that is looked at slice by slice; both images lie along the body's axes (RAS+)."""

    image: Any
    mask: Any = None

    @classmethod
    def of(cls, image: Any, mask: Any) -> Slices:
        """Turn images so that their axes are the body's."""
        turned = [each and nib.funcs.as_closest_canonical(each) for each in (image, mask)]
        return cls(*turned)

    def count(self, plane: str) -> int:
        """Return how many slices a plane has."""
        return int(self.image.shape[PLANES[plane]])

    def window(self) -> tuple[float, float]:
        """Return from which value to which the greys go."""
        values = np.asanyarray(self.image.dataobj).ravel()
        some = values[:: max(1, values.size // _SAMPLE)]
        low, high = np.percentile(some, (1, 99))
        return float(low), float(max(high, low + 1e-6))

    def cut(self, image: Any, plane: str, index: int) -> NDArray[Any]:
        """Return a slice as it is drawn: front or head up, the body's right at the left."""
        axis = PLANES[plane]
        where: list[Any] = [slice(None)] * 3
        where[axis] = index
        if image.ndim > 3:
            where.append(0)
        voxels = np.asanyarray(image.dataobj[tuple(where)])
        return np.flipud(voxels.T) if plane == "sagittal" else np.flip(voxels.T)

    def picture(self, views: dict[str, int], *, inches: float = 4) -> bytes:
        """Return slices side by side as a PNG: for each plane the index of one."""
        figure = Figure(figsize=(inches * len(views), inches), facecolor="black", layout="constrained")
        FigureCanvasAgg(figure)
        low, high = self.window()
        for axes, (plane, index) in zip(np.ravel(figure.subplots(1, len(views))), views.items(), strict=True):
            axes.imshow(
                self.cut(self.image, plane, index), "gray", aspect=self._aspect(plane), vmin=low, vmax=high
            )
            if self.mask is not None:
                labels = self.cut(self.mask, plane, index)
                shown = np.ma.masked_equal(labels, 0)
                axes.imshow(
                    shown,
                    "tab10",
                    aspect=self._aspect(plane),
                    vmin=1,
                    vmax=10,
                    alpha=0.5,
                    interpolation="none",
                )
            axes.set_axis_off()
        made = BytesIO()
        figure.savefig(made, format="png", facecolor="black", dpi=80)
        return made.getvalue()

    def middle(self) -> dict[str, int]:
        """Return the middle of each plane; of a mask, where it is."""
        if self.mask is None or not np.any(self.mask.dataobj):
            return {plane: self.count(plane) // 2 for plane in PLANES}
        where = np.argwhere(np.asanyarray(self.mask.dataobj)).mean(axis=0)
        return {plane: int(where[axis]) for plane, axis in PLANES.items()}

    def _aspect(self, plane: str) -> float:
        spacing = [float(each) for each in self.image.header.get_zooms()[:3]]
        across, up = (each for axis, each in enumerate(spacing) if axis != PLANES[plane])
        return up / across
