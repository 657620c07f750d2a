"""Loops stop in time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from maia_hub.core.errors import InvalidInput
from maia_lab.gpu.loops import UntilEnd
from maia_lab.gpu.session import NoSession, SessionWatch
from tests.lab.sessions import START, Hands, write

SAVING_AND_DRAIN = 8


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def watch(tmp_path: Path, clock: Hands) -> SessionWatch:
    return SessionWatch(tmp_path / "grant.json", clock)


def test_without_an_end_everything_is_yielded() -> None:
    batches = UntilEnd(range(5), "3min", NoSession())
    assert list(batches) == [0, 1, 2, 3, 4]
    assert not batches.stopped


def test_the_loop_ends_when_less_than_the_reserve_is_left_before_saving(
    watch: SessionWatch, clock: Hands
) -> None:
    write(watch.path, timedelta(seconds=60 + SAVING_AND_DRAIN), START)
    batches, seen = UntilEnd(range(100), "20s", watch), []
    for batch in batches:
        seen.append(batch)
        clock.pass_(seconds=10)
    assert seen == [0, 1, 2, 3, 4]  # at 50 s, 10 s are left
    assert batches.stopped


def test_no_item_is_fetched_in_vain(watch: SessionWatch, clock: Hands) -> None:
    write(watch.path, timedelta(seconds=60 + SAVING_AND_DRAIN), START)
    source = iter(range(100))
    for _ in UntilEnd(source, "20s", watch):
        clock.pass_(seconds=10)
    assert next(source) == 5


def test_an_extension_in_the_middle_of_the_loop_counts(watch: SessionWatch, clock: Hands) -> None:
    write(watch.path, timedelta(seconds=60 + SAVING_AND_DRAIN), START)
    seen = []
    for batch in UntilEnd(range(100), "20s", watch):
        seen.append(batch)
        clock.pass_(seconds=10)
        if batch == 3:
            write(watch.path, timedelta(seconds=90 + SAVING_AND_DRAIN), START)
    assert len(seen) == 8


def test_it_can_be_iterated_again_and_has_the_length_of_what_it_wraps() -> None:
    batches = UntilEnd([1, 2, 3], "3min", NoSession())
    assert len(batches) == len(list(batches)) == len(list(batches)) == 3


def test_a_generator_has_no_length_here_either() -> None:
    with pytest.raises(TypeError):
        len(UntilEnd((n for n in range(3)), "3min", NoSession()))


@pytest.mark.parametrize("reserve", ["3", "soon", "-3min", timedelta(seconds=-1), 3])
def test_a_reserve_that_is_no_length_is_refused_before_the_loop(reserve: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        UntilEnd([], reserve)  # type: ignore[arg-type]
    assert caught.value.advice
