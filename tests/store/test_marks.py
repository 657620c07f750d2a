"""What marks say of events is never too little: whatever is looked for is found as it is without them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL, func, insert, select

from maia_hub.store import Store, upgrade
from maia_hub.store.marks import BLOCK, bits_of, mark_of, marks, newest_first
from maia_hub.store.searching import Search
from maia_hub.store.tables import events
from tests.desk.office import NOON

_TEXTS = st.text(alphabet="abcABC ÄßİKﬁ-_%1", max_size=12)


@given(st.lists(_TEXTS, max_size=4), _TEXTS, st.integers(0, 8), st.integers(1, 12))
def test_a_part_of_a_text_in_whatever_case_has_its_bits_in_the_mark(
    others: list[str], text: str, start: int, length: int
) -> None:
    mark = mark_of([*others, text], [])
    part = text[start : start + length]
    for asked in (part, part.upper(), part.lower()):
        if asked.lower() in text.lower() and len(asked) == len(part):
            bits = bits_of(asked, None)
            assert not bits or has(mark, bits[0])


@given(_TEXTS, st.integers(3, 12))
def test_what_an_id_begins_with_has_its_bits_in_the_mark(subject: str, length: int) -> None:
    for bits in bits_of(None, subject[:length].upper()):
        if len(subject.upper()) == len(subject):
            assert has(mark_of([], [subject]), bits)


def has(mark: bytes, bits: frozenset[int]) -> bool:
    return all(mark[bit >> 3] & (1 << (bit & 7)) for bit in bits)


@given(st.integers(0, 50_000), st.integers(0, 1_000_000))
def test_what_no_mark_knows_is_looked_for_everywhere_once_the_newest_first(low: int, more: int) -> None:
    parts = [part for (part,) in newest_first((low, low + more))]
    assert (parts[0][1], parts[-1][0]) == (low + more, low)
    assert all(newer[0] == older[1] + 1 for newer, older in pairwise(parts))
    assert parts[0][1] - parts[0][0] < 10_000
    assert len(parts) < 6


@pytest.fixture
def store(empty: URL) -> Store:
    """Five blocks of events and a bit, in the second of them one that is rare."""
    upgrade(empty)
    store = Store(empty)
    with store.write() as tx:
        tx.connection.execute(insert(events), [_row(number) for number in range(1, 5 * BLOCK + 100)])
    return store


def _row(number: int) -> dict[str, object]:
    return {
        "id": number,
        "at": NOON + timedelta(seconds=number),
        "actor": "boss",
        "action": "booking.confirmed",
        "subject": f"{number * 7919:08x}-0000",
        "user": f"user{number % 3}",
        "reason": {300: "A Zebrafish, 100% off_x", 1290: "the same zebrafish"}.get(number, "as usual"),
    }


def found(store: Store, asked: Search, limit: int = 1000, before: int | None = None) -> list[int]:
    with store.read() as tx:
        return [event.id for event in tx.events.page(before=before, limit=limit, search=asked)]


ASKED = {
    "in any case": Search(text="zebraFISH"),
    "of a person": Search(text="usual", user="user2"),
    "as it is": Search(text="100% OFF_x"),
    "no pattern": Search(text="100%_off"),
    "short": Search(text="sh"),
    "an id": Search(text=f"{300 * 7919:08X}"),
    "beginning of an id": Search(subject=f"{700 * 7919:08x}"[:6]),
    "frequent": Search(text="confirmed", action="booking."),
    "of a time": Search(text="zebra", until=NOON + timedelta(seconds=700)),
    "nowhere": Search(text="nowhere"),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_a_search_finds_the_same_with_marks_and_without_page_by_page(store: Store, asked: Search) -> None:
    without = found(store, asked)
    with store.write() as tx:
        tx.marks.go_on()
        made = tx.connection.scalar(select(func.count()).select_from(marks))
    assert made == 5
    assert found(store, asked) == without
    pages: list[int] = []
    while page := found(store, asked, 7, pages[-1] if pages else None):
        pages += page
        if len(pages) > 50:
            break
    assert pages == without[: len(pages)]
    assert len(pages) > 50 or pages == without
    store.close()


def test_blocks_without_what_is_looked_for_are_not_read(store: Store) -> None:
    with store.write() as tx:
        tx.marks.go_on()
    with store.read() as tx:
        places = [ids for some in tx.marks.where(bits_of("zebrafish", None), (0, 1379)) for ids in some]
    assert places == [(5 * BLOCK, 1379), (BLOCK, 2 * BLOCK - 1)]
    store.close()


def test_marks_go_on_where_they_ended_and_go_with_the_last_event_of_their_block(store: Store) -> None:
    with store.write() as tx:
        tx.marks.go_on()
        tx.connection.execute(insert(events), [_row(n) for n in range(5 * BLOCK + 100, 7 * BLOCK + 1)])
        tx.retention.forget(NOON + timedelta(seconds=2 * BLOCK), NOON + timedelta(days=1), 10_000)
        tx.marks.go_on()
        blocks = list(tx.connection.scalars(select(marks.c.block).order_by(marks.c.block)))
    assert blocks == [2, 3, 4, 5, 6]
    assert found(store, Search(text="zebrafish", user="user0")) == [1290]
    store.close()
