"""Outlines of masks in one slice, and the masks that outlines enclose.

An outline goes along the edges of voxels, so that every mask has one and comes back from it: a voxel is inside if its
centre is. Coordinates are (column, row) with the outer corner of the first voxel at 0, its centre at one half. Each
island is an outline of its own; a hole is cut out by a line of no width to what surrounds it (a keyhole), which every
way to fill an outline understands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.float64]
_Vertex: TypeAlias = tuple[int, int]
_Loop: TypeAlias = list[_Vertex]

_RIGHT, _DOWN, _LEFT, _UP = range(4)
_BACK = -1
_TURNS = (1, 0, 3)
"""To the right first: voxels that touch at a corner alone are islands of their own."""


def outlines(mask: NDArray[np.bool_]) -> list[Points]:
    """Return the outlines of a mask of rows and columns, closed without repeating the first point."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return []
    top, left = int(rows[0]), int(columns[0])
    loops = _loops(mask[top : rows[-1] + 1, left : columns[-1] + 1])
    return [_corners(points) + np.array([left, top]) for points in _without_holes(loops)]


def _loops(mask: NDArray[np.bool_]) -> list[_Loop]:
    """Return the ways along all edges, the inside at the right hand: clockwise around islands, else in holes."""
    starts = _edges(mask)
    width = starts.shape[1]
    edges = np.flatnonzero(starts)
    vertex, direction = np.divmod(edges, 4)
    end = vertex + np.array([1, width, -1, -width])[direction]
    following = np.full(len(edges), -1)
    for turn in reversed(_TURNS):
        candidate = end * 4 + (direction + turn) % 4
        there = starts.ravel()[np.minimum(candidate, starts.size - 1)] & (candidate < starts.size)
        following = np.where(there, candidate, following)
    after = np.searchsorted(edges, following).tolist()
    places = list(zip((vertex % width).tolist(), (vertex // width).tolist(), strict=True))
    return _walked(after, places)


def _edges(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each corner (row, column) whether an edge starts there, in each of four directions."""
    padded = np.pad(mask, 1)
    starts = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1, 4), bool)
    starts[:-1, :-1, _RIGHT] = mask & ~padded[:-2, 1:-1]
    starts[:-1, 1:, _DOWN] = mask & ~padded[1:-1, 2:]
    starts[1:, 1:, _LEFT] = mask & ~padded[2:, 1:-1]
    starts[1:, :-1, _UP] = mask & ~padded[1:-1, :-2]
    return starts


def _walked(after: Sequence[int], places: Sequence[_Vertex]) -> list[_Loop]:
    seen = bytearray(len(after))
    loops: list[_Loop] = []
    for first in range(len(after)):
        if seen[first]:
            continue
        loop: _Loop = []
        at = first
        while not seen[at]:
            seen[at] = 1
            loop.append(places[at])
            at = after[at]
        loops.append(loop)
    return loops


def _is_hole(loop: _Loop) -> bool:
    x, y = np.array(loop, dtype=np.int64).T
    return bool(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) < 0)


def _without_holes(loops: Sequence[_Loop]) -> list[_Loop]:
    """Return the islands, each with its holes cut out by keyholes."""
    holes = [index for index, loop in enumerate(loops) if _is_hole(loop)]
    if not holes:
        return list(loops)
    begins = {index: min(range(len(loops[index])), key=loops[index].__getitem__) for index in holes}
    at_row: dict[int, list[tuple[int, int, int]]] = {}
    for index, loop in enumerate(loops):
        for place, (x, y) in enumerate(loop):
            at_row.setdefault(y, []).append((x, index, place))
    for row in at_row.values():
        row.sort()
    doors: dict[tuple[int, int], list[int]] = {}
    for hole in holes:
        x, y = loops[hole][begins[hole]]
        # Left of a hole's leftmost corner there is always something that it lies in, or another hole of that.
        _, index, place = at_row[y][bisect_left(at_row[y], (x, 0, 0)) - 1]
        doors.setdefault((index, place), []).append(hole)
    hidden = set(holes)
    return [_through(index, loops, begins, doors) for index in range(len(loops)) if index not in hidden]


def _through(
    outer: int, loops: Sequence[_Loop], begins: dict[int, int], doors: dict[tuple[int, int], list[int]]
) -> _Loop:
    """Walk around an island and, wherever a keyhole is, around the hole behind it and back."""
    way: _Loop = []
    todo: list[tuple[int, int, int]] = [(outer, 0, 0)]
    while todo:
        loop, begin, step = todo.pop()
        if loop == _BACK:
            way.append(loops[begin][step])
            continue
        length = len(loops[loop])
        if step > length or (step == length and loop == outer):
            continue
        place = (begin + step) % length
        way.append(loops[loop][place])
        todo.append((loop, begin, step + 1))
        if step < length:
            for hole in doors.get((loop, place), ()):
                todo.append((_BACK, loop, place))
                todo.append((hole, begins[hole], 0))
    return way


def _corners(loop: _Loop) -> Points:
    """Return a way without the points that it goes straight through."""
    points = np.array(loop, dtype=np.float64)
    came, goes = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    kept: Points = points[(np.sign(came) != np.sign(goes)).any(axis=1)]
    return kept


def inside(ways: Iterable[Points], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which voxels have their centre inside of an odd number of outlines: an outline in another is a hole."""
    rows, columns = shape
    crossings = np.zeros((rows, columns + 1), np.uint8)
    for way in ways:
        _cross(way, crossings)
    odd: NDArray[np.bool_] = np.bitwise_xor.accumulate(crossings, axis=1)[:, :columns].astype(bool)
    return odd


def _cross(way: Points, crossings: NDArray[np.uint8]) -> None:
    """Count of each row, at which voxel's centre an outline was crossed before."""
    ends = np.roll(way, -1, axis=0)
    upwards = way[:, 1] > ends[:, 1]
    low, high = np.where(upwards[:, None], ends, way), np.where(upwards[:, None], way, ends)
    rows, columns = crossings.shape
    begin = np.clip(np.ceil(low[:, 1] - 0.5), 0, rows).astype(int)
    end = np.clip(np.ceil(high[:, 1] - 0.5), 0, rows).astype(int)
    counts = np.maximum(end - begin, 0)
    edge = np.repeat(np.arange(len(way)), counts)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts) + begin[edge]
    slope = (high[edge, 0] - low[edge, 0]) / (high[edge, 1] - low[edge, 1])
    x = low[edge, 0] + (row + 0.5 - low[edge, 1]) * slope
    column = np.clip(np.ceil(x - 0.5), 0, columns - 1).astype(int)
    np.bitwise_xor.at(crossings, (row, column), np.uint8(1))
