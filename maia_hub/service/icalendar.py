"""Bookings as iCalendar text (RFC 5545), as calendar programs read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from icalendar import Alarm, Calendar, Event

from maia_hub.client.models import BookingModel

MEDIA_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(minutes=15)
"""How often programs should ask; those that let their user choose do not heed it."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A booking as it is shown to the feed's owner, how often it was changed, and when it was last."""

    booking: BookingModel
    sequence: int
    modified: datetime


@dataclass(frozen=True, kw_only=True)
class Style:
    """The calendar's name, the address of the portal, how long before the end of one's own bookings to remind."""

    name: str
    link: str = ""
    reminders: tuple[timedelta, ...] = field(default=())


def render(entries: Iterable[Entry], style: Style) -> bytes:
    """Return the calendar: the same entries and style always give the same bytes.

    The UID of an entry is its booking's id, so a program knows a moved booking again. A booking that was ended before
    it began is CANCELLED; one that was ended early ends when it did.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//MAIA Hub//GPU bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for name in ("name", "x-wr-calname"):
        calendar.add(name, _plain(style.name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for entry in entries:
        calendar.add_component(_event(entry, style))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: Entry, style: Style) -> Event:
    booking = entry.booking
    cancelled = booking.ended_at is not None and booking.ended_at <= booking.start
    end = booking.end if cancelled or booking.ended_at is None else min(booking.end, booking.ended_at)
    event = Event()
    times = {
        "dtstart": booking.start,
        "dtend": end,
        "dtstamp": entry.modified,
        "last-modified": entry.modified,
    }
    for name, at in times.items():
        event.add(name, at.astimezone(timezone.utc).replace(microsecond=0))
    texts: Mapping[str, str] = {
        "uid": str(booking.id),
        "summary": _summary(booking),
        "location": booking.node,
        "description": _description(booking, style.link),
        "status": _status(booking, cancelled=cancelled),
        "class": "PRIVATE",
        "transp": "OPAQUE" if booking.mine and not cancelled else "TRANSPARENT",
    }
    for name, text in texts.items():
        event.add(name, _plain(text))
    event.add("sequence", entry.sequence)
    if booking.series is not None:
        event.add("refid", str(booking.series))  # RFC 9253: what belongs together
    if style.link:
        event.add("url", style.link)
    if booking.mine and not cancelled and booking.state != "ended":
        _remind(event, end - booking.start, style)
    return event


def _remind(event: Event, length: timedelta, style: Style) -> None:
    """Add a reminder before the end: the earliest one for which the booking is long enough."""
    before = max((each for each in style.reminders if each < length), default=None)
    if before is None:
        return
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _plain(f"Your GPU time ends soon: {event['summary']}"))
    alarm.add("trigger", -before, parameters={"RELATED": "END"})
    event.add_component(alarm)


def _summary(booking: BookingModel) -> str:
    what = f"{booking.gpus} × {booking.product}"
    if booking.of_class is not None:
        return f"{what}: {booking.of_class.name}, group {booking.of_class.group}"
    return what if booking.mine else f"{what} ({booking.user})"


def _description(booking: BookingModel, link: str) -> str:
    project = "" if booking.project == "default" else f"Project: {booking.project}"
    return "\n".join(line for line in (booking.note, project, link) if line)


def _status(booking: BookingModel, *, cancelled: bool) -> str:
    if cancelled:
        return "CANCELLED"
    return "TENTATIVE" if booking.state == "requested" else "CONFIRMED"


def _plain(text: str) -> str:
    """Return a text without what no line of a calendar may have: control characters and halves of characters."""
    kept = (c for c in text.replace("\r\n", "\n") if c in "\n\t" or (ord(c) >= 32 and ord(c) != 127))
    return "".join(kept).encode("utf-8", "replace").decode()
