"""What occurs in the events, block by block: a search reads those in which its text may be, and no others.

Neither database finds a part of a text by an index that every installation has. So there is a mark of each 256 events
that follow each other, a Bloom filter (Bloom 1970): for each three characters that occur in a reason or an action, and
for what ids begin with, some bits are set. A search goes through the marks, 4,000 for a million events, and reads the
blocks that have all bits of its text; some have them by chance. Events never change, so no mark is ever made anew: of
what was forgotten it tells too much, which costs a look. The newest events, of which there is no mark yet, are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from sqlalchemy import Column, Connection, Integer, LargeBinary, String, Table, delete, func, insert, select

from maia_hub.store.tables import events, metadata

BLOCK = 256
"""Events of one mark: those whose ids are the same but for their last eight bits."""
_BITS = 8192
_GRAM = 3
_BEGINNINGS = (3, 5, 8)
"""Of ids so many first characters are marked."""
ID_FROM = 5
"""A text of so many characters may be the beginning of an id."""
_AT_ONCE = 5
"""Marks that one transaction makes at most: others wait for it."""
_READ = 32 * BLOCK
"""So many events are read at a time, unless they follow each other: what is found in them may be enough."""
_STEPS = (32, 128, 512, 2048)
"""So many marks are read at a time, the last number again and again: what is frequent is found in the newest."""

marks = Table(
    "event_marks",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("bits", LargeBinary, nullable=False),
)

Ids = tuple[int, int]
"""The first and the last id of events that follow each other."""
Bits = frozenset[int]
Either = tuple[Bits, ...]
"""What a block must have: all bits of one of these; none at all: it may be any."""


def bits_of(text: str | None, subject: str | None) -> Either:
    """Return what a block must have in which a text occurs, or else an id begins so; a short one may be anywhere."""
    if subject is not None and len(subject) >= _BEGINNINGS[0]:
        return (_of_beginning(subject),)
    if text is None or len(text) < _GRAM:
        return ()
    return (_of_grams(text), _of_beginning(text)) if len(text) >= ID_FROM else (_of_grams(text),)


def mark_of(texts: Iterable[str], subjects: Iterable[str]) -> bytes:
    """Return the mark of events with these reasons and actions, and these ids."""
    found = bytearray(_BITS // 8)
    for bit in frozenset().union(*map(_of_grams, set(texts)), *map(_of_beginning, set(subjects))):
        found[bit >> 3] |= 1 << (bit & 7)
    return bytes(found)


@dataclass(frozen=True)
class Marks:
    """The marks of all blocks, from that of the oldest event on, without a gap."""

    connection: Connection

    def go_on(self) -> bool:
        """Make marks of blocks that are full, the oldest first, and let those go of which no event is left.

        Return whether there may be more to make.
        """
        query = select(func.min(events.c.id), func.max(events.c.id))
        first, last = (each or 0 for each in self.connection.execute(query).one())
        top = self._top()
        begin = first // BLOCK if top is None else top + 1
        blocks = range(begin, min(last // BLOCK, begin + _AT_ONCE))
        for block in blocks:
            self.connection.execute(insert(marks).values(block=block, bits=self._made(block)))
        if blocks:
            self.connection.execute(delete(marks).where(marks.c.block < first // BLOCK))
        return len(blocks) == _AT_ONCE

    def where(self, either: Either, within: Ids) -> Iterator[list[Ids]]:
        """Yield where the newest events may be that are looked for, the newest first, then older ones, and so on."""
        low, high = within
        top = self._top() if either else None
        if top is None:
            yield [within]
            return
        unmarked = (top + 1) * BLOCK
        found = [(max(low, unmarked), high)] if high >= unmarked else []
        below, step = min(high, unmarked - 1) // BLOCK, 0
        while below >= low // BLOCK:
            bottom = max(below - _STEPS[min(step, len(_STEPS) - 1)] + 1, low // BLOCK)
            blocks: Sequence[int] = list(self._having(either, bottom, below))
            if 2 * len(blocks) > below - bottom:  # then all of it: it is read by whatever index is the best
                blocks = range(below, bottom - 1, -1)
            places = [(max(low, b * BLOCK), min(high, b * BLOCK + BLOCK - 1)) for b in blocks]
            yield from _parted(_joined(found, places))
            found, below, step = [], bottom - 1, step + 1
        if found:
            yield found

    def _having(self, either: Either, first: int, last: int) -> Iterator[int]:
        """Yield those of these blocks, the newest first, that have what is looked for."""
        query = select(marks.c.block, marks.c.bits).where(marks.c.block.between(first, last))
        tests = [[(bit >> 3, 1 << (bit & 7)) for bit in bits] for bits in either]
        for block, mark in self.connection.execute(query.order_by(marks.c.block.desc())).all():
            if any(all(mark[at] & bit for at, bit in test) for test in tests):
                yield block

    def _top(self) -> int | None:
        found: int | None = self.connection.scalar(select(func.max(marks.c.block)))
        return found

    def _made(self, block: int) -> bytes:
        of = events.c.id.between(block * BLOCK, block * BLOCK + BLOCK - 1)
        columns = select(events.c.reason, events.c.action, events.c.subject).where(of)
        rows = self.connection.execute(columns).all()
        return mark_of((text for row in rows for text in row[:2]), (row.subject for row in rows))


def newest_first(within: Ids) -> Iterator[list[Ids]]:
    """Yield all of it from its end on, in parts that grow: what is frequent is found in the first."""
    low, high = within
    size = _READ
    while high >= low:
        yield [(max(low, high - size + 1), high)]
        high, size = high - size, 4 * size


def _joined(newer: list[Ids], older: list[Ids]) -> list[Ids]:
    """Return both, the newest first; those that touch are one."""
    found = list(newer)
    for low, high in older:
        if found and found[-1][0] == high + 1:
            found[-1] = (low, found[-1][1])
        else:
            found.append((low, high))
    return found


def _parted(places: Iterable[Ids]) -> Iterator[list[Ids]]:
    """Yield the same in parts that are read at a time."""
    part: list[Ids] = []
    for low, high in places:
        if part and sum(last - first for first, last in part) + high - low > _READ:
            yield part
            part = []
        part.append((low, high))
    yield part


def _of_grams(text: str) -> Bits:
    folded = _folded(text)
    grams = {folded[at : at + _GRAM] for at in range(len(folded) - _GRAM + 1)}
    return frozenset().union(*(_hashed(gram) for gram in grams if gram.isascii()))


def _of_beginning(subject: str) -> Bits:
    folded = _folded(subject)
    lengths = [length for length in _BEGINNINGS if length <= len(folded)]
    begins = [folded[:length] for length in lengths if folded[:length].isascii()]
    return frozenset().union(*(_hashed(f"^{each}") for each in begins))


@lru_cache(maxsize=2**15)
def _hashed(piece: str) -> tuple[int, int]:
    number = crc32(piece.encode())
    return number % _BITS, (number >> 13) % _BITS


def _folded(text: str) -> str:
    """Return it in lower case, as long as it was; databases differ in what they do to letters beyond ASCII."""
    return text.lower() if text.isascii() else "".join(each.lower()[0] for each in text)
