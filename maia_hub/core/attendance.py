"""Booked GPUs that nobody uses: when their owner is warned, and when they go back to the calendar.

Nobody loses a booking unwarned: the release waits for the whole warning, whenever it was given. A service that was down
at that moment therefore warns first, when it is back. What the platform itself keeps from beginning is no no-show.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.rules import Policy

Step = Literal["wait", "warn", "release"]


@dataclass(frozen=True, slots=True)
class Due:
    """What is due now, and when to look again: at ``next_at``, None if never."""

    step: Step
    next_at: datetime | None = None


def attendance(booking: Booking, policy: Policy, now: datetime, warned: datetime | None) -> Due:
    """Return what becomes of a booking that began without ever having been used.

    ``warned`` is when its owner was told that it would be released; None if she was not. A booking that is used, or
    would end sooner anyway, is left alone.
    """
    if policy.no_show_after is None or booking.state is not BookingState.CONFIRMED:
        return Due("wait")
    warning = policy.no_show_warning or timedelta(0)
    release_at = booking.interval.start + policy.no_show_after
    warn_at = max(booking.interval.start, release_at - warning)
    if warned is not None:
        release_at = max(release_at, warned + warning)
    if release_at >= booking.interval.end:
        return Due("wait")
    if now < warn_at:
        return Due("wait", warn_at)
    if warned is None and warning:
        return Due("warn", max(release_at, now + warning))
    return Due("release") if now >= release_at else Due("wait", release_at)
