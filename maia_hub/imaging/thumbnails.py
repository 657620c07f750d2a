"""Small pictures of objects, from their pixels: for servers that render none."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut
from pydicom.pixels.utils import pixel_array

from maia_hub.core.errors import NotFound, Unavailable

_DARKEST, _BRIGHTEST = 1, 99
"""Percentiles that become black and white where the object has no window."""


def picture(path: Path, size: int) -> bytes:
    """Return the middle frame of an object as PNG, at most ``size`` pixels wide and high.

    Raises:
        NotFound: the object has no pixels: a report, a plan, structures.
        Unavailable: its pixels cannot be decoded.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd values in other attributes do no harm to a picture
        dataset = dcmread(path, defer_size=1 << 16)
        if "PixelData" not in dataset:
            raise NotFound(f"{dataset.get('Modality', 'This object')} has no pixels, and so no picture.")
        frames = int(dataset.get("NumberOfFrames") or 1)
        try:
            frame = pixel_array(path, index=frames // 2)
            grey = _colours(frame) if frame.ndim == 3 else _windowed(frame, dataset)
        except Exception as error:  # decoders fail in many ways on what devices write
            raise Unavailable(f"The object's pixels cannot be decoded: {str(error)[:120]}") from error
    image = Image.fromarray(grey)
    image.thumbnail((size, size))
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def _colours(frame: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return (frame >> (8 * (frame.itemsize - 1))).astype(np.uint8)


def _windowed(frame: np.ndarray[Any, Any], dataset: Dataset) -> np.ndarray[Any, Any]:
    values = apply_modality_lut(frame, dataset)
    low, high = _window(dataset) or np.percentile(values, (_DARKEST, _BRIGHTEST))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    grey = np.clip((values - low) / (high - low or 1), 0, 1)
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        grey = 1 - grey
    return np.asarray(grey * 255).astype(np.uint8)


def _window(dataset: Dataset) -> tuple[float, float] | None:
    """Return what the object itself shows as black and as white: the first of its windows."""
    try:
        centre, width = (np.ravel(dataset[name].value)[0] for name in ("WindowCenter", "WindowWidth"))
    except (KeyError, IndexError):
        return None
    return float(centre) - float(width) / 2, float(centre) + float(width) / 2
