"""Whether a GPU is idle is seen over a window, and what was not measured is never idleness."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from maia_hub.core.idleness import Asked, IdleRules, Ring, question
from maia_hub.core.interval import UTC

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = IdleRules(below=5, window=timedelta(minutes=30), release_after=timedelta(minutes=15))


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def ring(values: dict[float, float]) -> Ring:
    made = Ring()
    for minute, value in values.items():
        made.add(at(minute), value, RULES.window)
    return made


def test_a_day_of_work_is_no_work_of_the_last_half_hour_and_the_other_way_round() -> None:
    worked = {float(m): 98.0 for m in range(1440)} | {float(m): 0.0 for m in range(1440, 1471)}
    assert ring(worked).peak(at(1470), RULES.window) == 0.0
    idled = {float(m): 0.0 for m in range(1470)} | {1470.0: 98.0}
    assert ring(idled).peak(at(1470), RULES.window) == 98.0
    assert len(ring(worked).samples) == 31, "the ring keeps the window and no more"


@pytest.mark.parametrize("minutes", [range(25), range(5, 31), [0, 30], [*range(12), *range(19, 31)], []])
def test_a_window_with_a_gap_says_nothing(minutes: list[int]) -> None:
    assert ring({float(m): 0.0 for m in minutes}).peak(at(30), RULES.window) is None


def test_a_clock_that_was_set_back_leaves_no_samples_from_the_future() -> None:
    made = ring({float(m): 50.0 for m in range(31)})
    made.add(at(10), 0.0, RULES.window)
    assert made.samples[-1] == (at(10), 0.0)
    assert made.peak(at(30), RULES.window) is None


ASKED, KEPT = Asked(at=NOON), Asked(at=NOON, kept=NOON)


@pytest.mark.parametrize(
    ("peak", "minute", "asked", "step"),
    [
        (4.9, 0, None, "ask"),
        (5.0, 0, None, "wait"),
        (None, 0, None, "wait"),
        (0.0, 14, ASKED, "wait"),
        (0.0, 15, ASKED, "release"),
        (None, 60, ASKED, "wait"),
        (70.0, 60, ASKED, "withdraw"),
        (0.0, 60, KEPT, "wait"),
        (0.0, 240, KEPT, "withdraw"),
    ],
)
def test_a_question_comes_first_and_its_answer_counts(
    peak: float | None, minute: float, asked: Asked | None, step: str
) -> None:
    assert question(peak, RULES, at(minute), asked) == step


def test_without_a_time_for_it_nothing_is_ever_released() -> None:
    assert question(0.0, IdleRules(), at(10_000), ASKED) == "wait"
