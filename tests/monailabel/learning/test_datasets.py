"""A data set's version is its instances and their authors; an image that is held out always is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maia_hub.monailabel.learning.datasets import DataSet, held_out, newest, split
from tests.monailabel.learning.labelling import label

NUMBERS = st.lists(st.integers(0, 500), unique=True, max_size=40)


@given(numbers=NUMBERS, chance=st.randoms())
def test_the_order_makes_no_difference_and_all_else_does(numbers: list[int], chance: object) -> None:
    labels = [label(number) for number in numbers]
    mixed = list(labels)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert DataSet(tuple(mixed)).version == DataSet(tuple(labels)).version
    if labels:
        assert DataSet(tuple(labels[1:])).version != DataSet(tuple(labels)).version
        for change in ({"author": "bob"}, {"label": "9.9"}, {"image": "9.9"}):
            other = (replace(labels[0], **change), *labels[1:])  # type: ignore[arg-type]
            assert DataSet(other).version != DataSet(tuple(labels)).version


def test_of_each_image_the_newest_label_counts() -> None:
    labels = [label(1, image=7), label(9, image=7, author="bob"), label(4, image=7), label(2)]
    assert {(each.image, each.label) for each in newest(labels).labels} == {
        ("1.2.7", "1.3.9"),
        ("1.2.2", "1.3.2"),
    }


@given(numbers=NUMBERS, more=NUMBERS, share=st.floats(0, 0.99))
def test_what_was_held_out_is_never_trained_on_later(
    numbers: list[int], more: list[int], share: float
) -> None:
    first = newest(label(number) for number in numbers)
    later = newest([*first.labels, *(label(number + 1000, image=number) for number in more)])
    train, held = split(first, share)
    assert train.uids | held.uids == first.uids
    assert not train.uids & held.uids
    assert not {each.image for each in held.labels} & {each.image for each in split(later, share)[0].labels}


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_about_that_share_is_held_out(share: float) -> None:
    out = sum(held_out(f"1.2.{number}", share) for number in range(5000)) / 5000
    assert abs(out - share) < 0.03


def test_it_is_listed_with_instances_and_authors() -> None:
    (row,) = newest([label(3, author="bob")]).listed()
    assert row == {"series": "1.2.3", "sop": "1.3.3", "author": "bob", "at": "2026-03-14T12:03:00+00:00"}
