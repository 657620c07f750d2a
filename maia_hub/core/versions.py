"""Which version of a booking somebody has seen, and what became of it since.

A version holds what an edit is about: the interval, the GPUs, the note, whose it is, and whether it has ended. Where it
is placed and what may be done to it now change by themselves; nobody's edit is stale for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.ticks import moment_of, ticks

_FIELDS = ("start", "end", "gpus", "note", "user", "state")


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a booking that is not as it was; ``was`` and ``now`` are empty where a version does not tell."""

    field: str
    was: str
    now: str


def version_of(booking: Booking) -> str:
    """Return a short name of the version, of letters, digits and dots."""
    return ".".join(_parts(booking))


def changes_since(version: str, booking: Booking) -> list[Change] | None:
    """Return what changed since that version; None if it is the name of none."""
    seen = version.split(".")
    if len(seen) != len(_FIELDS):
        return None
    now = _parts(booking)
    told = zip(_FIELDS, _told(seen), _told(now), strict=True)
    return [Change(*each) for each, before, after in zip(told, seen, now, strict=True) if before != after]


def _parts(booking: Booking) -> list[str]:
    interval = booking.interval
    return [
        _moment(interval.start),
        _moment(interval.end),
        str(booking.gpus),
        _mark(booking.note),
        _mark(booking.user),
        "ended" if booking.state is BookingState.ENDED else "live",
    ]


def _told(parts: list[str]) -> tuple[str, ...]:
    """Return what a version tells in words; of texts it knows no more than that they are others."""
    start, end, gpus, _note, _user, state = parts
    return _text(start), _text(end), gpus, "", "", state


def _moment(moment: datetime) -> str:
    return f"{ticks(moment):x}"


def _text(moment: str) -> str:
    try:
        return moment_of(int(moment, 16)).isoformat()
    except (ValueError, OverflowError):
        return ""


def _mark(text: str) -> str:
    return f"{crc32(text.encode('utf-8', 'replace')):x}"
