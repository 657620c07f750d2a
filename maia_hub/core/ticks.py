"""Moments as whole microseconds: exact, small, and quick to compare where there are millions of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from maia_hub.core.interval import UTC

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def ticks(moment: datetime) -> int:
    """Return the microseconds from 1970 to ``moment``."""
    return (moment - EPOCH) // TICK


def moment_of(count: int) -> datetime:
    """Return the moment that so many microseconds after 1970 is."""
    return EPOCH + timedelta(microseconds=count)


DAWN = ticks(datetime.min.replace(tzinfo=UTC))
DUSK = ticks(datetime.max.replace(tzinfo=UTC))
"""No booking reaches beyond these."""
