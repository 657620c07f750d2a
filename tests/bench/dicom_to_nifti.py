"""A CT of 500 slices of 512² voxels to .nii.gz, against dcm2niix alone on the same files.

Ours is all that `dicom_to_nifti` does: the check of every header, dcm2niix, the comparison of what it made with the
series, and the compression. dcm2niix alone compresses by itself (`-z i`); `dcm2niix_pigz` is with its `-z y`, which
takes pigz where there is one. All read the same files, in memory after the first reading, and write to the same disk.
`value` is our seconds, `ratio` ours to dcm2niix alone, both the best of `--repeat`. The other conversions are extra
keys, each with the share of its time in what takes most of it.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import dcm2niix
import numpy as np
from nibabel.nifti1 import Nifti1Image
from numpy.typing import NDArray

from maia_hub.imaging import (
    Person,
    dicom_to_nifti,
    mask_to_rtstruct,
    mask_to_seg,
    nifti_to_dicom,
    read_series,
)
from tests.bench.report import report

AFFINE = np.array([[-0.7, 0, 0, 180], [0, -0.7, 0, 180], [0, 0, 1, -250], [0, 0, 0, 1.0]])


def body(slices: int, size: int) -> NDArray[np.int16]:
    """Return something like a body: air, soft tissue with noise, bone; it compresses like a CT."""
    chance = np.random.default_rng(4)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    trunk, spine = x**2 / 0.7 + y**2 / 0.4 < 1, x**2 + (y - 0.4) ** 2 < 0.01
    made = np.full((size, size, slices), -1000, np.int16)
    for k in range(slices):
        noise = chance.normal(40, 12, (size, size))
        made[:, :, k] = np.where(spine, 700 + noise, np.where(trunk, noise, -1000 + np.abs(noise) / 8)).T
    return made


def organs(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return balls for organs."""
    grid = np.meshgrid(*[np.linspace(-1, 1, size) for size in shape], indexing="ij", sparse=True)
    made = np.zeros(shape, np.uint8)
    for number, (centre, radius) in enumerate(
        [((-0.3, 0, 0.2), 0.35), ((0.4, 0.1, 0), 0.2), ((0, -0.3, -0.4), 0.15)], 1
    ):
        inside = sum((axis - at) ** 2 for axis, at in zip(grid, centre, strict=True)) < radius**2
        made[inside] = number
    return made


def best(what: Callable[[], object], repeat: int) -> float:
    """Return the seconds of the quickest of several runs."""
    took = []
    for _ in range(repeat):
        began = time.perf_counter()
        what()
        took.append(time.perf_counter() - began)
    return min(took)


def profiled(what: Callable[[], object]) -> tuple[float, str]:
    """Return the seconds that something takes, and what takes most of them by itself."""
    began = time.perf_counter()
    what()
    took = time.perf_counter() - began
    profile = cProfile.Profile()
    profile.runcall(what)
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(row[2] for row in stats.values())
    top = sorted(stats.items(), key=lambda item: -item[1][2])[:4]
    said = [f"{Path(file).name}:{name} {row[2] / total:.0%}" for (file, _, name), row in top]
    return took, ", ".join(said)


def alone(given: Path, into: Path, *options: str) -> Callable[[], object]:
    """Return a run of dcm2niix by itself."""

    def run() -> None:
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        subprocess.run(
            [dcm2niix.bin, *options, "-o", str(into), str(given)], check=True, stdout=subprocess.DEVNULL
        )

    return run


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=500)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="maia-bench-") as name:
        folder = Path(name)
        image = Nifti1Image(body(given.slices, given.size), AFFINE)

        def write() -> None:
            shutil.rmtree(folder / "ct", ignore_errors=True)
            nifti_to_dicom(image, folder / "ct")

        written, written_profile = profiled(write)
        ours = best(lambda: dicom_to_nifti(folder / "ct", folder / "ours"), given.repeat)
        theirs = best(alone(folder / "ct", folder / "theirs", "-z", "i"), given.repeat)
        sizes = [
            sum(path.stat().st_size for path in (folder / name).glob("*.gz")) for name in ("ours", "theirs")
        ]
        pigz = best(alone(folder / "ct", folder / "theirs", "-z", "y"), given.repeat)
        plain = best(alone(folder / "ct", folder / "theirs", "-z", "n"), given.repeat)
        volume = read_series(folder / "ct")
        mask = organs(volume.shape)
        author = Person("Bench")
        seg, seg_profile = profiled(lambda: mask_to_seg(mask, volume, author=author, into=folder / "seg.dcm"))
        rt, rt_profile = profiled(
            lambda: mask_to_rtstruct(mask, volume, author=author, into=folder / "rt.dcm")
        )
        read = best(lambda: read_series(folder / "ct"), 1)
    report(
        "dicom_to_nifti",
        value=ours,
        unit=f"s for {given.slices} slices of {given.size} x {given.size} to .nii.gz",
        against="dcm2niix alone",
        ratio=ours / theirs,
        n=given.repeat,
        dcm2niix=theirs,
        size_ratio=sizes[0] / sizes[1],
        dcm2niix_pigz=pigz,
        dcm2niix_uncompressed=plain,
        read_series_s=read,
        nifti_to_dicom_s=written,
        nifti_to_dicom_profile=written_profile,
        mask_to_seg_s=seg,
        mask_to_seg_profile=seg_profile,
        mask_to_rtstruct_s=rt,
        mask_to_rtstruct_profile=rt_profile,
    )


if __name__ == "__main__":
    main()
