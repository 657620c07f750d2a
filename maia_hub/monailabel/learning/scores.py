"""How well predictions agree with labels: Dice of each label, and versions of a model side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maia_hub.core.errors import InvalidInput

Array = NDArray[np.generic]


def dice(predicted: Array, truth: Array, labels: Sequence[int]) -> dict[int, float]:
    """Return for each label 2|A∩B| / (|A| + |B|), from 0 to 1; NaN for one that is in neither.

    Dice, L. R. (1945), Measures of the Amount of Ecologic Association Between Species, Ecology 26(3), 297–302; for
    segmentations Zou, K. H. et al. (2004), Academic Radiology 11(2), 178–189.

    Raises:
        InvalidInput: they are not of the same voxels.
    """
    if predicted.shape != truth.shape:
        raise InvalidInput(
            "A prediction and its label have the same voxels.",
            given=list(predicted.shape),
            allowed=list(truth.shape),
        )
    found = {}
    for label in labels:
        ours, theirs = predicted == label, truth == label
        both = int(ours.sum()) + int(theirs.sum())
        found[label] = 2 * int((ours & theirs).sum()) / both if both else math.nan
    return found


def mean(values: Sequence[float]) -> float | None:
    """Return the mean of those that are numbers; None if none is."""
    known = [each for each in values if not math.isnan(each)]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True)
class Compared:
    """A version on held-out labels: the mean Dice of each image, and over all images; None where nothing was marked."""

    version: int
    images: dict[str, float | None]
    score: float | None


def compared(
    predictions: Mapping[int, Mapping[str, Array]], truths: Mapping[str, Array], labels: Sequence[int]
) -> list[Compared]:
    """Return the versions, the best first: each version's predictions by image, against the same labels.

    Raises:
        InvalidInput: a version did not predict every image.
    """
    rows = []
    for version, predicted in predictions.items():
        missing = sorted(truths.keys() - predicted.keys())
        if missing:
            raise InvalidInput(
                f"Version {version} has no prediction of {len(missing)} held-out images.", given=missing[:5]
            )
        images = {
            image: mean(list(dice(predicted[image], truth, labels).values()))
            for image, truth in sorted(truths.items())
        }
        known = [each for each in images.values() if each is not None]
        rows.append(Compared(version, images, mean(known)))
    return sorted(rows, key=lambda each: (-(each.score if each.score is not None else -1), each.version))
