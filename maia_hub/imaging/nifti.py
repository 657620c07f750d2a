"""Series of images as NIfTI files, each exactly where its images say."""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from maia_hub.core.errors import InvalidInput, MaiaError, NotFound
from maia_hub.imaging import dcm2niix, gz, sidecar
from maia_hub.imaging.faults import bad_image
from maia_hub.imaging.geometry import corners
from maia_hub.imaging.pixels import scale
from maia_hub.imaging.planes import Vector
from maia_hub.imaging.progress import Meter, Tell
from maia_hub.imaging.reading import files, objects, quiet, series_of
from maia_hub.imaging.volumes import Stack, filled, headers, stacked
from maia_hub.imaging.writing import whole

_EXACT = 1e-4
"""Millimetres that a voxel may be elsewhere at most: NIfTI has 24 bits for a number."""


@dataclass(frozen=True)
class Converted:
    """A series as a NIfTI file; ``others`` are what lies beside it: the sidecar, b-values and directions of diffusion.

    ``by`` is who converted it: dcm2niix, or this library where what dcm2niix made was not the series.
    """

    path: Path
    series_uid: str
    modality: str
    description: str
    shape: tuple[int, ...]
    others: tuple[Path, ...]
    by: Literal["dcm2niix", "maia_hub"]


def dicom_to_nifti(
    folder: Path | str | Iterable[Path | str],
    into: Path | str,
    *,
    series: str | None = None,
    refused: Callable[[str, MaiaError], None] | None = None,
    progress: Tell | None = None,
) -> list[Converted]:
    """Convert every series of images in a folder to a file .nii.gz; one of several volumes has a fourth axis.

    All series are checked before the first is converted, and any that is no regular volume is an error; with
    ``refused``, which is then called with its SeriesInstanceUID and the error, the others are converted all the same.
    ``series`` takes one alone. Files of the same name are replaced, each when its successor is whole.

    Raises:
        NotFound: no such folder, no images in it, or not the series.
        BadImage: a file is broken, cannot be decoded, or lacks what says where it lies; it is named, with the tag.
        BadGeometry: slices are missing, doubled, unevenly spaced, tilted or turned; the first that is so is named.
    """
    groups = series_of(objects(files(folder)))
    if series is not None:
        groups = {uid: found for uid, found in groups.items() if uid == series}
    if not groups:
        raise NotFound("there are no such images here", given=series)
    stacks: list[Stack] = []
    for uid, found in groups.items():
        try:
            stacks.append(_checked(stacked(found)))
        except MaiaError as error:
            if refused is None:
                if len(groups) > 1:
                    error.advice = error.advice or "convert the other series all the same: refused=…"
                raise
            refused(uid, error)
    meter = Meter(sum(len(stack.planes) for stack in stacks), progress)
    names = _names(stacks)
    return [_convert(stack, Path(into), name, meter) for stack, name in zip(stacks, names, strict=True)]


def _checked(stack: Stack) -> Stack:
    """See that values are measured by a slope, and are one number each, before anything is written."""
    with quiet():
        for header in headers(stack):
            scale(header)
            if header.get("SamplesPerPixel") not in (1, None):
                raise bad_image(
                    header.source, "colour", "it is in colour, no volume of grey values", "SamplesPerPixel"
                )
    return stack


def _names(stacks: list[Stack]) -> list[str]:
    """Return a name for each series, of its number and what the scanner called it."""
    names = [
        f"{stack.text('SeriesNumber') or '0':0>3}_{_word(stack.description or stack.modality)}"
        for stack in stacks
    ]
    twice = {name for name in names if names.count(name) > 1}
    return [
        f"{name}_{stack.series_uid[-12:]}" if name in twice else name
        for name, stack in zip(names, stacks, strict=True)
    ]


def _word(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:60] or "series"


def _convert(stack: Stack, into: Path, name: str, meter: Meter) -> Converted:
    path = into / f"{name}.nii.gz"
    with tempfile.TemporaryDirectory(prefix="maia-nifti-") as folder:
        made = dcm2niix.made(stack, Path(folder))
        if made is None:
            volume = filled(stack)
            header, affine = volume.to_nifti().header, volume.affine
            voxels = np.ravel(volume.array, order="F")
        else:
            header, affine, voxels = made.header, made.affine, made.voxels
        _write(path, _header(header, affine), voxels, stack, meter)
        if made is None:
            others = sidecar.written(stack, affine, path)
        else:
            others = tuple(_beside(other, path) for other in made.others)
    return Converted(
        path=path,
        series_uid=stack.series_uid,
        modality=stack.modality,
        description=stack.description,
        shape=stack.shape if made is None else tuple(int(x) for x in header.get_data_shape()),
        others=others,
        by="maia_hub" if made is None else "dcm2niix",
    )


def _header(header: Any, affine: Vector) -> Any:
    """Return the header with the affine that the series has, in full."""
    header.set_sform(affine, 1)
    header.set_qform(affine, 1, strip_shears=True)
    header.set_xyzt_units("mm", "sec" if len(header.get_data_shape()) > 3 else None)
    header["vox_offset"] = header["sizeof_hdr"] + 4
    off = np.abs(
        corners(header.get_data_shape(), header.get_sform()) - corners(header.get_data_shape(), affine)
    ).max()
    if off > _EXACT:
        words = f"NIfTI's numbers are too short for where the volume is: {off:.2g} mm would be lost"
        raise InvalidInput(words, given=np.round(affine, 4).tolist())
    return header


def _write(path: Path, header: Any, voxels: NDArray[Any], stack: Stack, meter: Meter) -> None:
    """Write a whole file, and tell of each slice that is through."""
    size, done, told = voxels.nbytes, 0, 0

    def tell(count: int) -> None:
        nonlocal done, told
        done += count
        slices = min(len(stack.planes), done * len(stack.planes) // max(size, 1)) - told
        told += slices
        meter.add(count, slices)

    with whole(path) as part:
        gz.compress(gz.blocks(header.binaryblock + bytes(4), voxels), part, tell)


def _beside(other: Path, path: Path) -> Path:
    name = path.with_name(path.name.removesuffix(".nii.gz") + other.suffix)
    with whole(name) as part:
        shutil.copyfile(other, part)
    return name
