"""Data sets: which label of which image, by whom; a version is the hash of exactly that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, order=True, kw_only=True)
class Labelled:
    """An image (SeriesInstanceUID) with its label (SOPInstanceUID), by an author, since a time."""

    image: str
    label: str
    author: str
    at: datetime


@dataclass(frozen=True)
class DataSet:
    """Labels, one of each image."""

    labels: tuple[Labelled, ...] = ()

    @property
    def version(self) -> str:
        """What tells it from every other: SHA-256 of its images, labels and authors, in whatever order they came."""
        rows = sorted((each.image, each.label, each.author) for each in self.labels)
        return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()

    @property
    def uids(self) -> frozenset[str]:
        """The SOP instance UIDs of its labels."""
        return frozenset(each.label for each in self.labels)

    def listed(self) -> list[dict[str, str]]:
        """Return it as rows for people and programs: which instance, of which series, by whom, when."""
        return [
            {"series": each.image, "sop": each.label, "author": each.author, "at": each.at.isoformat()}
            for each in self.labels
        ]


def newest(labels: Iterable[Labelled]) -> DataSet:
    """Return the newest label of each image."""
    of: dict[str, Labelled] = {}
    for each in sorted(labels, key=lambda one: (one.at, one.label)):
        of[each.image] = each
    return DataSet(tuple(sorted(of.values())))


def split(data: DataSet, share: float) -> tuple[DataSet, DataSet]:
    """Return what to train on, and the ``share`` (0 to 1) that is held out.

    An image's side follows from its UID alone: one that was held out once is never trained on later.
    """
    train = DataSet(tuple(each for each in data.labels if not held_out(each.image, share)))
    held = DataSet(tuple(each for each in data.labels if held_out(each.image, share)))
    return train, held


def held_out(image: str, share: float) -> bool:
    """Say whether an image is held out."""
    return int.from_bytes(hashlib.sha256(image.encode()).digest()[:8], "big") < share * 2**64
