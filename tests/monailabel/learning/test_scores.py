"""Dice of labels, and versions side by side on the same ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score  # type: ignore[import-untyped]

from maia_hub.core.errors import InvalidInput
from maia_hub.monailabel.learning.scores import compared, dice, mean


@given(seed=st.integers(0, 10**6), count=st.integers(1, 60))
def test_dice_is_what_others_call_f1(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    predicted, truth = chance.integers(0, 4, (2, count, 2, 3))
    for label, value in dice(predicted, truth, [1, 2, 3]).items():
        if (predicted == label).any() or (truth == label).any():
            assert math.isclose(value, f1_score(truth.ravel() == label, predicted.ravel() == label))
        else:
            assert math.isnan(value)


def test_a_label_that_is_nowhere_does_not_count() -> None:
    assert mean([1.0, math.nan, 0.5]) == 0.75
    assert mean([math.nan]) is None


def test_other_voxels_are_refused() -> None:
    with pytest.raises(InvalidInput, match="same voxels"):
        dice(np.zeros((2, 2)), np.zeros((2, 3)), [1])


def test_versions_are_compared_on_the_same_images_the_best_first() -> None:
    truth = {name: np.array([0, 1, 1, number]) for number, name in enumerate(("a", "b"))}
    truth["empty"] = np.zeros(4)
    good, bad = dict(truth), {name: np.zeros(4) for name in truth}
    rows = compared({1: bad, 2: good, 3: bad}, truth, [1])
    assert [(each.version, each.score) for each in rows] == [(2, 1.0), (1, 0.0), (3, 0.0)]
    assert rows[0].images == {"a": 1.0, "b": 1.0, "empty": None}
    with pytest.raises(InvalidInput, match="no prediction of 1 held-out"):
        compared({1: {"a": truth["a"], "b": truth["b"]}}, truth, [1])
