"""Labels as tests draw them: a box in a series, by somebody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import numpy as np

from maia_hub.imaging import DicomWeb, Mask, Person, Volume, read_series
from maia_hub.imaging.labels import Author
from maia_hub.monailabel.labels.submissions import Submission, submission
from tests.dicom import series

ADA = Person("Lovelace^Ada", "ada", "University")
BOB = Person("Builder^Bob", "bob", "University")
NOON = datetime(2026, 3, 14, 12, tzinfo=timezone.utc)
_seeds = count(100)


@dataclass(frozen=True)
class Image:
    """A series that is to be labelled, and its files."""

    volume: Volume
    folder: Path

    @property
    def uid(self) -> str:
        return self.volume.series_uid

    def box(self, at: int = 5, number: int = 1) -> Mask:
        """Return a mask with a box whose corner is at a voxel."""
        array = np.zeros(self.volume.shape, np.uint8)
        array[at : at + 6, 8:14, 1:3] = number
        return Mask(array, self.volume.affine)

    def by(
        self, author: Author = ADA, *, at: datetime = NOON, based_on: str = "", name: str = "spleen"
    ) -> Submission:
        """Return what is said of a label of it."""
        return submission(self.uid, {1: name}, author, at=at, tool="0.8.5", based_on=based_on)


def stored(web: DicomWeb, folder: Path, *, slices: int = 4, size: int = 32) -> Image:
    """Make a series that no other test has, and let a server have it."""
    seed = next(_seeds)
    series.write(folder, slices=slices, size=size, seed=seed, patient=f"P{seed}")
    web.send(folder)
    return Image(read_series(folder), folder)


def clock(start: datetime = NOON) -> tuple[Callable[[], datetime], Callable[[float], None]]:
    """Return a clock, and what puts it forward by seconds."""
    held = [start]

    def forward(seconds: float) -> None:
        held[0] += timedelta(seconds=seconds)

    return lambda: held[0], forward
