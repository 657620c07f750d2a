"""Labels as tests of learning have them, and times that go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from itertools import count

from maia_hub.monailabel.learning.datasets import Labelled

NOON = datetime(2026, 3, 14, 12, tzinfo=timezone.utc)
SPLEEN = "segmentation_spleen"


def label(number: int, *, image: int | None = None, author: str = "ada") -> Labelled:
    """Return a label with a number, of an image of its own unless one is named."""
    of = number if image is None else image
    return Labelled(
        image=f"1.2.{of}", label=f"1.3.{number}", author=author, at=NOON + timedelta(minutes=number)
    )


def ticking() -> Callable[[], datetime]:
    """Return a clock that is a second later each time."""
    seconds = count()
    return lambda: NOON + timedelta(seconds=next(seconds))
