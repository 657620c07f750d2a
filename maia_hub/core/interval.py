"""Half-open intervals of time, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from maia_hub.core.errors import InvalidInput

UTC = timezone.utc


def as_utc(moment: datetime, what: str = "time") -> datetime:
    """Return ``moment`` in UTC; a naive one raises `InvalidInput`, for its meaning would be a guess."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InvalidInput(
            f"The {what} has no time zone.",
            given=moment.isoformat(),
            allowed="a time with a UTC offset, such as 2026-03-01T09:00:00+01:00",
            advice="Add the UTC offset, or Z for UTC.",
        )
    return moment.astimezone(UTC)


def zone_called(name: str) -> ZoneInfo:
    """Return the zone of an IANA name; `InvalidInput` if there is none."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as e:
        raise InvalidInput(
            "There is no such time zone.",
            given=name[:60],
            allowed="a name of the IANA database, such as Europe/Stockholm",
            advice="Give such a name.",
        ) from e


def in_words(moment: datetime) -> str:
    """Return ``moment`` as people read it where their time zone is not known: in UTC, to the minute."""
    return f"{as_utc(moment):%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The half-open interval [start, end): its start belongs to it, its end does not. Both in UTC, exact."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", as_utc(self.start, "start"))
        object.__setattr__(self, "end", as_utc(self.end, "end"))
        if self.end <= self.start:
            raise InvalidInput(
                "The end must come after the start.",
                given={"start": self.start.isoformat(), "end": self.end.isoformat()},
                allowed="an end later than the start",
                advice="Choose a later end or an earlier start.",
            )

    @property
    def duration(self) -> timedelta:
        """The length of the interval."""
        return self.end - self.start

    def contains(self, moment: datetime) -> bool:
        """Tell whether ``moment`` lies in [start, end)."""
        return self.start <= moment < self.end

    def overlaps(self, other: Interval) -> bool:
        """Tell whether the two share a moment; intervals that only touch do not."""
        return self.start < other.end and other.start < self.end

    def intersection(self, other: Interval) -> Interval | None:
        """Return what both share, or None."""
        if not self.overlaps(other):
            return None
        return Interval(max(self.start, other.start), min(self.end, other.end))
