"""One series by dcm2niix, and whether what it made is what the series says.

dcm2niix ends well over missing and doubled slices and writes a wrong volume: it is only given what was checked, and
what it made is compared with that, in shape, place and voxels. It brings what no affine says: the sidecar with how an
image was acquired, and the directions of diffusion.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from maia_hub.imaging.faults import Source
from maia_hub.imaging.geometry import exactly
from maia_hub.imaging.pixels import scale, stored_of
from maia_hub.imaging.planes import Header, Vector
from maia_hub.imaging.reading import quiet
from maia_hub.imaging.volumes import Stack, headers

_NAME = "volume"
_SAMPLES = 12
_SAME_VOXEL = 0.45
"""How far, in voxels, a corner may be off: it rounds what we do not, and is still the same voxel."""
_OPTIONS = (
    "-g",
    "i",
    "-b",
    "y",
    "-ba",
    "y",
    "-z",
    "n",
    "-m",
    "y",
    "-p",
    "n",
    "-a",
    "y",
    "-w",
    "1",
    "-f",
    _NAME,
)
"""No user's defaults, a sidecar without names, plain output, one volume of one series, values as DICOM scales them."""


@dataclass(frozen=True, eq=False)
class Made:
    """What dcm2niix made: header, voxels as they lie in the file, the affine that is right, what belongs to it."""

    header: Any
    voxels: NDArray[np.generic]
    affine: Vector
    others: tuple[Path, ...]


def made(stack: Stack, folder: Path) -> Made | None:
    """Convert a series into a folder; None if what came of it is not the series."""
    given, came = folder / "in", folder / "out"
    given.mkdir()
    came.mkdir()
    _provide(stack, given)
    if not _run(given, came):
        return None
    files = sorted(came.glob("*.nii"))
    return _compared(stack, files[0]) if len(files) == 1 else None


def _provide(stack: Stack, folder: Path) -> None:
    """Put a series into a folder, unpacked: which of the ways to compress it knows depends on how it was built."""
    for number, path in enumerate(dict.fromkeys(each.source.path for each in stack.planes)):
        assert path is not None
        name = folder / f"{number:06d}.dcm"
        if _plain(stack, number):
            name.symlink_to(path.resolve())
        else:
            _unpacked(path, name)


def _plain(stack: Stack, number: int) -> bool:
    syntax = stack.datasets[number if len(stack.datasets) > 1 else 0].file_meta.TransferSyntaxUID
    return syntax in (ImplicitVRLittleEndian, ExplicitVRLittleEndian)


def _unpacked(path: Path, into: Path) -> None:
    with quiet():
        dataset = pydicom.dcmread(path, force=True)
        values = stored_of(dataset, Source(path))
        dataset.PixelData = values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
        dataset["PixelData"].VR = "OW" if values.dtype.itemsize > 1 else "OB"
        dataset.BitsAllocated, dataset.PixelRepresentation = (
            values.dtype.itemsize * 8,
            int(values.dtype.kind == "i"),
        )
        list(dataset.iterall())  # takes each value out of the byte order that it was read in
        dataset.set_original_encoding(is_implicit_vr=False, is_little_endian=True)
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.save_as(into, enforce_file_format=True)


def _run(given: Path, came: Path) -> bool:
    import dcm2niix  # noqa: PLC0415

    command = [dcm2niix.bin, *_OPTIONS, "-o", str(came), str(given)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0  # noqa: S603


def _compared(stack: Stack, path: Path) -> Made | None:
    import nibabel as nib  # noqa: PLC0415

    image: Any = nib.nifti1.Nifti1Image.from_filename(path)
    exact = exactly(image.affine, image.shape, stack.affine, _SAME_VOXEL)
    if exact is None or not _same_shape(stack, image.shape, exact):
        return None
    if not all(_same(stack, image, exact, index) for index in _samples(stack)):
        return None
    others = tuple(each for each in sorted(path.parent.glob(f"{_NAME}.*")) if each != path)
    with path.open("rb") as file:
        voxels = np.memmap(file, np.uint8, "r", offset=int(image.dataobj.offset))
    header = image.header.copy()
    # nibabel takes the scale out of the header that it reads.
    header["scl_slope"], header["scl_inter"] = image.dataobj.slope, image.dataobj.inter
    return Made(header, voxels, stack.affine @ exact, others)


def _same_shape(stack: Stack, shape: tuple[int, ...], exact: Vector) -> bool:
    sizes = np.abs(exact[:3, :3]) @ shape[:3]
    return tuple(sizes.astype(int)) == stack.shape[:3] and tuple(shape[3:]) == stack.shape[3:]


def _samples(stack: Stack) -> list[int]:
    """Return which planes to compare: some, one of each volume, all if each has a scale of its own."""
    count, slices = len(stack.planes), stack.shape[2]
    with quiet():
        if len({scale(header) for header in headers(stack)}) > 1:
            return list(range(count))
    some = np.linspace(0, count - 1, min(count, _SAMPLES)).astype(int).tolist()
    return sorted({*some, *range(slices // 2, count, slices)})


def _same(stack: Stack, image: Any, exact: Vector, index: int) -> bool:
    """Tell whether one plane holds in what was made what it holds in the series."""
    each = stack.planes[index]
    assert each.source.path is not None
    dataset = stack.datasets[index if len(stack.datasets) > 1 else 0]
    slope, intercept = scale(Header(dataset, each.source))
    with quiet():
        frames = stored_of(pydicom.dcmread(each.source.path, force=True), each.source)
    wanted = frames[(each.source.frame or 1) - 1].T * slope + intercept
    time, level = divmod(index, stack.shape[2])
    corners_of = np.array([[0, 0, level, 1], [stack.shape[0] - 1, stack.shape[1] - 1, level, 1]])
    first, last = np.rint(np.linalg.inv(exact) @ corners_of.T).astype(int).T[:, :3]
    box = tuple(slice(min(a, b), max(a, b) + 1) for a, b in zip(first, last, strict=True))
    there = np.asarray(image.dataobj[(*box, time) if len(stack.shape) == 4 else box])
    there = np.flip(there, tuple(axis for axis in range(3) if first[axis] > last[axis]))
    axes = [int(np.argmax(np.abs(exact[axis, :3]))) for axis in range(3)]
    return bool(np.allclose(there.transpose(axes)[:, :, 0], wanted, rtol=1e-5, atol=abs(slope) * 1e-3))
