"""The values of voxels as they are stored, and as what is measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.utils import pixel_array as decoded

from maia_hub.imaging.faults import Source, bad_image
from maia_hub.imaging.planes import Header
from maia_hub.imaging.reading import quiet

_UNDECODABLE = (
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    RuntimeError,
    NotImplementedError,
    OSError,
    EOFError,
)


def stored(path: Path, source: Source) -> NDArray[np.generic]:
    """Return the stored values of a file: frames, rows, columns; otherwise as `stored_of`."""
    with quiet():
        return stored_of(pydicom.dcmread(path, force=True), source)


def stored_of(dataset: Dataset, source: Source) -> NDArray[np.generic]:
    """Return the stored values of an object: frames, rows, columns.

    Raises:
        BadImage: they cannot be decoded, or are no grey values.
    """
    samples = dataset.get("SamplesPerPixel", 1)
    if samples != 1:
        words = f"it has {samples} values in a voxel (colour): no volume of grey values"
        raise bad_image(source, "colour", words, "SamplesPerPixel")
    _complete(dataset)
    with quiet():
        try:
            array = np.asarray(decoded(dataset, raw=True))
        except _UNDECODABLE as error:
            syntax = dataset.file_meta.TransferSyntaxUID
            words = f"its pixels ({syntax.name}) cannot be decoded: {error}"[:400]
            raise bad_image(source, "undecodable", words, "PixelData") from error
    array = _within_bits(array, dataset)
    return array.reshape(-1, *array.shape[-2:])


def _complete(dataset: Dataset) -> None:
    if not hasattr(dataset, "file_meta"):
        dataset.file_meta = pydicom.dataset.FileMetaDataset()
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit = dataset.original_encoding[0]
        dataset.file_meta.TransferSyntaxUID = (
            pydicom.uid.ImplicitVRLittleEndian if implicit else pydicom.uid.ExplicitVRLittleEndian
        )


def _within_bits(array: NDArray[np.generic], dataset: Dataset) -> NDArray[np.generic]:
    """Return values without what older writers keep in the bits above them."""
    bits = int(dataset.get("BitsStored") or array.dtype.itemsize * 8)
    unused = array.dtype.itemsize * 8 - bits
    if array.dtype.kind not in "iu" or unused <= 0 or bits <= 1:
        return array
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if array.dtype.kind == "i" else (0, (1 << bits) - 1)
    if int(array.min()) >= least and int(array.max()) <= most:
        return array
    kept: NDArray[np.generic] = np.right_shift(np.left_shift(array, unused), unused)
    return kept


def scale(header: Header) -> tuple[float, float]:
    """Return slope and intercept that make stored values of a plane what is measured.

    Raises:
        BadImage: a table does that, which no slope can say.
    """
    if header.get("ModalityLUTSequence"):
        words = "its values are measured by a table (Modality LUT), not a slope"
        raise bad_image(header.source, "table", words, "ModalityLUTSequence")
    slope, intercept = header.number("RescaleSlope", 1.0), header.number("RescaleIntercept", 0.0)
    if not slope or intercept is None or not np.isfinite([slope, intercept]).all():
        raise bad_image(header.source, "bad-scale", f"RescaleSlope is {slope}", "RescaleSlope")
    return slope, intercept


def kind_for(scales: set[tuple[float, float]], values: NDArray[np.generic]) -> np.dtype[np.generic]:
    """Return the smallest type that holds what is measured: whole numbers stay whole."""
    if values.dtype.kind == "f":
        return values.dtype
    if any(slope % 1 or intercept % 1 for slope, intercept in scales):
        return np.dtype(np.float32)
    ends = [slope * end + at for slope, at in scales for end in (int(values.min()), int(values.max()))]
    for candidate in (np.int16, np.uint16, np.int32):
        limits = np.iinfo(candidate)
        if limits.min <= min(ends) and max(ends) <= limits.max:
            return np.dtype(candidate)
    return np.dtype(np.float64)


def measured(
    values: NDArray[np.generic], slope: float, intercept: float, kind: np.dtype[np.generic]
) -> NDArray[np.generic]:
    """Return what is measured where values are stored."""
    if (slope, intercept) == (1.0, 0.0):
        return values.astype(kind, copy=False)
    wide = np.float64 if kind.kind == "f" else np.int32
    scaled: NDArray[np.generic] = (values.astype(wide) * wide(slope) + wide(intercept)).astype(kind)
    return scaled
