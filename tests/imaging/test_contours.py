"""Outlines of masks: every mask comes back from them."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from scipy import ndimage

from maia_hub.imaging.contours import inside, outlines

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans())


def drawn(*rows: str) -> NDArray[np.bool_]:
    return np.array([[letter == "#" for letter in row] for row in rows])


def windings(ways: list[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return how often outlines go around each voxel, one edge after the other."""
    around = np.zeros(shape, np.int64)
    for way in ways:
        for (x, y), (to_x, to_y) in zip(way, np.roll(way, -1, axis=0), strict=True):
            for row in range(shape[0]):
                if (y <= row + 0.5) != (to_y <= row + 0.5):
                    cut = x + (row + 0.5 - y) * (to_x - x) / (to_y - y)
                    around[row, np.arange(shape[1]) + 0.5 >= cut] += 1 if to_y > y else -1
    return around


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(masks)
def test_every_mask_comes_back_whatever_way_its_outlines_are_filled(mask: NDArray[np.bool_]) -> None:
    ways = outlines(mask)
    assert (inside(ways, mask.shape) == mask).all()
    assert ((windings(ways, mask.shape) != 0) == mask).all()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(masks)
def test_each_island_has_one_outline_with_its_holes_in_it(mask: NDArray[np.bool_]) -> None:
    assert len(outlines(mask)) == ndimage.label(mask)[1]  # type: ignore[attr-defined]


def test_outlines_have_corners_only_where_they_turn() -> None:
    way = outlines(drawn("....", ".##.", ".##.", "...."))
    assert sorted(map(tuple, way[0].tolist())) == [(1, 1), (1, 3), (3, 1), (3, 3)]


def test_holes_side_by_side_hang_on_each_other() -> None:
    mask = drawn("#########", "#.#.#.#.#", "#########")
    ways = outlines(mask)
    assert len(ways) == 1
    assert (inside(ways, mask.shape) == mask).all()


def test_very_many_holes_do_no_harm() -> None:
    mask = np.ones((101, 2001), bool)
    mask[1:-1:2, 1:-1:2] = False
    assert (inside(outlines(mask), mask.shape) == mask).all()


def test_outlines_of_other_programs_fill_by_the_centres_of_voxels() -> None:
    triangle = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]])
    assert inside([triangle], (8, 8)).sum() == sum(range(8))
    beyond = np.array([[-5.0, -5.0], [50.0, -5.0], [50.0, 50.0], [-5.0, 50.0]])
    assert inside([beyond], (4, 6)).all()
    hole = np.array([[1.0, 1.0], [3.0, 1.0], [3.0, 3.0], [1.0, 3.0]])
    assert inside([beyond, hole], (4, 6)).sum() == 24 - 4
