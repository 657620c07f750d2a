"""Booked GPUs that do nothing: seen over a window, asked about, and given back only if the site wants that.

A window, not an average since the start: what trained for a day and then stands still is idle, and what idled for a day
and has just begun to train is not (cf. github.com/PrincetonUniversity/jobstats, issue 28). What was not measured is
never idleness: without numbers for the whole window nobody is asked and nothing is released.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Step = Literal["wait", "ask", "withdraw", "release"]
PARTS = 10
"""A window counts as measured if there is a number in every tenth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleRules:
    """When a GPU is idle: never ``below`` so many per cent or more over the ``window``.

    ``release_after``: a question without an answer is one for release so long after it was asked; None: never.
    ``quiet``: who answered that she needs the GPU is not asked again for so long.
    """

    below: float = 5.0
    window: timedelta = timedelta(minutes=30)
    release_after: timedelta | None = None
    quiet: timedelta = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that is open, since when, and when its reader answered that she needs the GPU."""

    at: datetime
    kept: datetime | None = None


def question(peak: float | None, rules: IdleRules, now: datetime, asked: Asked | None) -> Step:
    """Return what is to be done about a booking whose GPUs showed ``peak`` per cent at most over the window.

    None: that is not known, and then nothing is asked or released, nor is a question taken back.
    """
    idle = peak is not None and peak < rules.below
    if asked is None:
        return "ask" if idle else "wait"
    if asked.kept is not None:
        return "withdraw" if now >= asked.kept + rules.quiet else "wait"
    if peak is not None and not idle:
        return "withdraw"
    if idle and rules.release_after is not None and now >= asked.at + rules.release_after:
        return "release"
    return "wait"


@dataclass
class Ring:
    """The last samples of one GPU: (when, per cent), the oldest first; those before the window are forgotten."""

    samples: deque[tuple[datetime, float]] = field(default_factory=deque)

    def add(self, at: datetime, utilisation: float, window: timedelta) -> None:
        """Take a sample; of a clock that was set back the later ones are forgotten."""
        while self.samples and self.samples[-1][0] >= at:
            self.samples.pop()
        self.samples.append((at, utilisation))
        while self.samples[0][0] < at - window:
            self.samples.popleft()

    def peak(self, now: datetime, window: timedelta) -> float | None:
        """Return the highest value over the window before now; None if a tenth of it has none."""
        return peak_of(list(self.samples), now, window)


def peak_of(samples: Sequence[tuple[datetime, float]], now: datetime, window: timedelta) -> float | None:
    """Return the highest value over the window before now; None if a tenth of it has none."""
    start, part = now - window, window / PARTS
    inside = [(at, value) for at, value in samples if start <= at <= now]
    measured = {min(int((at - start) / part), PARTS - 1) for at, _ in inside}
    return max(value for _, value in inside) if len(measured) == PARTS else None
