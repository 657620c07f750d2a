"""Loops that end in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from datetime import timedelta
from typing import Generic, TypeVar, cast

from maia_lab.gpu.lengths import Length, seconds
from maia_lab.gpu.session import SessionWatch, current

T = TypeVar("T")


class UntilEnd(Generic[T]):
    """The items of an iterable, until too little time is left; `stopped` tells whether it was cut short.

    The time is looked at before an item is fetched, so that none is fetched in vain. It can be iterated
    again, and has a length, exactly if what it wraps does.
    """

    def __init__(self, iterable: Iterable[T], reserve: Length, watch: SessionWatch | None = None) -> None:
        self._iterable = iterable
        self._reserve = seconds(reserve)
        self._watch = watch
        self.stopped = False

    def __iter__(self) -> Iterator[T]:
        """Yield the items while time is left."""
        iterator, reserve = iter(self._iterable), self._reserve
        look = (self._watch or current()).seconds_to_save
        self.stopped = False
        while True:
            left = look()
            if left is not None and left < reserve:
                self.stopped = True
                return
            try:
                item = next(iterator)
            except StopIteration:
                return
            yield item

    def __len__(self) -> int:
        """Return the number of items if the session does not end before."""
        return len(cast("Sized", self._iterable))


def until_end(iterable: Iterable[T], reserve: str | timedelta = "3min") -> UntilEnd[T]:
    """Yield from ``iterable`` and stop when less than ``reserve`` is left before the saving begins.

    ``reserve`` is a length of time (``"3min"`` or a timedelta): what you need after the loop, say for a
    checkpoint and an evaluation. The site's own time for saving comes after it. An extension made meanwhile
    counts at once. Without an end (CPU, or outside MAIA Hub) every item is yielded. One look costs one
    ``os.stat``.
    """
    return UntilEnd(iterable, reserve)
