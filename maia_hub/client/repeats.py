"""Bookings that repeat, in a person's words: how often, until when, in which time zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError

from maia_hub.client.models import BookingRequest, DateModel, SeriesCheck, SeriesModel, SeriesRequest
from maia_hub.client.times import tell_duration, tell_time
from maia_hub.core.errors import InvalidInput, faults
from maia_hub.core.interval import zone_called

R = TypeVar("R", bound=BaseModel)

DATE_COLUMNS = ("", "when", "why not, or what to know")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """How a booking repeats: ``every`` so often or by an RRULE, until a day or so many times."""

    every: Literal["day", "week"] = "week"
    rule: str | None = None
    until: str | None = None
    times: int | None = None
    skip: Sequence[str] = ()
    partly: bool = False

    def written(self) -> str:
        """Return the rule as RFC 5545 has it."""
        ends = [f"UNTIL={day_called(self.until):%Y%m%d}"] if self.until is not None else []
        ends += [f"COUNT={self.times}"] if self.times is not None else []
        if self.rule is None and len(ends) != 1:
            raise InvalidInput(
                "A booking that repeats needs one end.",
                advice="Say until which day (--until 2027-06-30) or how many times (--times 10).",
            )
        freq = {"day": "FREQ=DAILY", "week": "FREQ=WEEKLY"}[self.every]
        return ";".join([self.rule or freq, *ends])


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was said about repeating, as options of a command; ``waits``: the booking is to be waited for."""

    weekly: bool = False
    daily: bool = False
    rule: str | None = None
    until: str | None = None
    times: int | None = None
    skip: Sequence[str] = ()
    partly: bool = False
    preview: bool = False
    waits: bool = False

    def repeat(self) -> Repeat | None:
        """Return how the booking repeats; None if it does not. `InvalidInput` if the options do not go together."""
        ways = sum((self.weekly, self.daily, self.rule is not None))
        if ways > 1:
            raise InvalidInput(
                "A booking repeats in one way.", advice="Give one of --weekly, --daily and --rule."
            )
        if not ways:
            if self.until is not None or self.times is not None or self.skip or self.partly or self.preview:
                raise InvalidInput(
                    "This booking does not repeat.", advice="Say how: --weekly, --daily or --rule."
                )
            return None
        if self.waits:
            raise InvalidInput(
                "Only a single booking can be waited for.", advice="Wait, or repeat with --partly."
            )
        every: Literal["day", "week"] = "day" if self.daily else "week"
        return Repeat(
            every=every,
            rule=self.rule,
            until=self.until,
            times=self.times,
            skip=self.skip,
            partly=self.partly,
        )


def repeated(request: BookingRequest, repeat: Repeat, zone: tzinfo) -> SeriesRequest:
    """Return the request for a series whose first time is ``request``."""
    return checked(
        SeriesRequest,
        {
            **request.model_dump(),
            "rule": repeat.written(),
            "zone": zone_name(zone),
            "skip": [day_called(day) for day in repeat.skip],
            "partly": repeat.partly,
        },
    )


def checked(kind: type[R], values: Mapping[str, object]) -> R:
    """Return a request with these values; `InvalidInput` if one of them cannot be."""
    try:
        return kind.model_validate(values)
    except ValidationError as e:
        raise InvalidInput(f"{faults(e.errors())}.", advice="Correct this value and try again.") from e


def zone_name(zone: tzinfo) -> str:
    """Return the name by which others know a zone, too: a clock's offset alone does not tell when it changes."""
    name = str(getattr(zone, "key", "") or zone)
    return zone_called(name).key


def date_rows(dates: Sequence[DateModel], *, now: datetime, zone: tzinfo) -> Iterator[tuple[str, str, str]]:
    """Yield each date of a series with whether it can be had, when it is, and why not or what to know of it."""
    for each in dates:
        length = tell_duration(each.end - each.start)
        when = f"{tell_time(each.start, now=now, zone=zone)} ({length})"
        why = [refusal.message for refusal in each.verdict.refusals]
        yield "free" if each.verdict.allowed else "no", when, " ".join([*why, each.said]).strip()


def dates_line(check: SeriesCheck) -> str:
    """Say how many dates of a series are free, and in which zone it was read."""
    free = sum(each.verdict.allowed for each in check.dates)
    return f"{free} of {len(check.dates)} dates are free ({check.zone})"


def series_lines(made: SeriesModel) -> list[str]:
    """Say what was booked of a series, and how to end it."""
    first = f"Booked {len(made.bookings)} times: series {str(made.id)[:8]}."
    left = f"{len(made.missing)} dates were left out, for they cannot be had." if made.missing else ""
    any_id = str(made.bookings[0].id)[:8] if made.bookings else "ID"
    return [line for line in (first, left, f"To cancel it: maia bookings cancel {any_id} --series") if line]


def day_called(text: str) -> date:
    """Read a day such as 2027-06-30; `InvalidInput` if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise InvalidInput(
            f"{text[:40]!r} is not a day.", given=text[:40], allowed="a day such as 2027-06-30"
        ) from e
