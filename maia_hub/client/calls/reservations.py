"""Bookings, series of them, and what is booked by: templates, the waiting list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import TypeAdapter

from maia_hub.client import models as m
from maia_hub.client.calls.call import NOTHING, Call, only_if, query

_BOOKING = TypeAdapter(m.BookingModel)
_SERIES = TypeAdapter(m.SeriesModel)


def bookings(
    *,
    mine: bool = True,
    start: datetime | None = None,
    end: datetime | None = None,
    state: Sequence[str] = (),
    project: str | None = None,
    limit: int | None = None,
) -> Call[list[m.BookingModel]]:
    """Ask for bookings, by default my own of all states and projects; ``limit`` is how many come at a time."""
    states = ",".join(state) or None
    params = query(mine=mine, start=start, end=end, state=states, project=project, limit=limit)
    return Call("GET", "bookings", TypeAdapter(list[m.BookingModel]), params, paged=True)


def booking(booking_id: UUID) -> Call[m.BookingModel]:
    """Ask for one booking."""
    return Call("GET", f"bookings/{booking_id}", _BOOKING)


def book(request: m.BookingRequest) -> Call[m.BookingModel]:
    """Book GPUs."""
    return Call("POST", "bookings", _BOOKING, body=request)


def check(request: m.BookingRequest, ignore: UUID | None = None) -> Call[m.Verdict]:
    """Ask whether a booking would be accepted; ``ignore`` is a booking of mine that it would replace."""
    return Call("POST", "bookings/check", TypeAdapter(m.Verdict), query(ignore=ignore), request)


def change(booking_id: UUID, request: m.BookingChange, match: str | None = None) -> Call[m.BookingModel]:
    """Move a booking, or change its length or note; ``match`` is the etag of the version that is meant."""
    return Call("PATCH", f"bookings/{booking_id}", _BOOKING, body=request, headers=only_if(match))


def extend(booking_id: UUID, until: datetime, match: str | None = None) -> Call[m.BookingModel]:
    """Give a booking a later end; ``match`` as in `change`."""
    body = m.ExtendRequest(until=until)
    return Call("POST", f"bookings/{booking_id}/extend", _BOOKING, body=body, headers=only_if(match))


def release(booking_id: UUID, match: str | None = None) -> Call[m.BookingModel]:
    """Give the GPUs of a running booking back now; ``match`` as in `change`."""
    return Call("POST", f"bookings/{booking_id}/release", _BOOKING, headers=only_if(match))


def cancel(booking_id: UUID, match: str | None = None) -> Call[m.BookingModel]:
    """Cancel a booking that has not begun; ``match`` as in `change`."""
    return Call("POST", f"bookings/{booking_id}/cancel", _BOOKING, headers=only_if(match))


def keep(booking_id: UUID) -> Call[m.BookingModel]:
    """Answer that I need a booking whose GPUs were found to do nothing."""
    return Call("POST", f"bookings/{booking_id}/keep", _BOOKING)


def offers(booking_id: UUID) -> Call[list[m.Slot]]:
    """Ask for the next free slots like a booking that is to come, to which it could be moved."""
    return Call("GET", f"bookings/{booking_id}/offers", TypeAdapter(list[m.Slot]))


def hand_over(booking_id: UUID, to: str, match: str | None = None) -> Call[m.BookingModel]:
    """Let a colleague of the same project have a booking, or what is left of it; ``match`` as in `change`.

    The answer is her booking: if it has begun, that is another one.
    """
    body = m.HandOver(to=to)
    return Call("POST", f"bookings/{booking_id}/hand-over", _BOOKING, body=body, headers=only_if(match))


def check_series(request: m.SeriesRequest) -> Call[m.SeriesCheck]:
    """Ask of every date of a series whether it would be accepted."""
    return Call("POST", "series/check", TypeAdapter(m.SeriesCheck), body=request)


def book_series(request: m.SeriesRequest) -> Call[m.SeriesModel]:
    """Book again and again: all dates of a rule, or those that can be had."""
    return Call("POST", "series", _SERIES, body=request)


def all_series() -> Call[list[m.SeriesModel]]:
    """Ask for my series that have bookings to come, with these."""
    return Call("GET", "series", TypeAdapter(list[m.SeriesModel]))


def series(series_id: UUID) -> Call[m.SeriesModel]:
    """Ask for a series with all its bookings."""
    return Call("GET", f"series/{series_id}", _SERIES)


def cancel_series(series_id: UUID, since: UUID | None = None) -> Call[m.SeriesModel]:
    """Cancel what is not used yet of a series, from one of its bookings on if it is named."""
    return Call("POST", f"series/{series_id}/cancel", _SERIES, body=m.SeriesCancellation(since=since))


def templates() -> Call[list[m.TemplateModel]]:
    """Ask for the wishes to book that I keep."""
    return Call("GET", "templates", TypeAdapter(list[m.TemplateModel]))


def save_template(request: m.TemplateRequest) -> Call[m.TemplateModel]:
    """Keep a wish to book; one of the same name is replaced."""
    return Call("POST", "templates", TypeAdapter(m.TemplateModel), body=request)


def book_template(template: UUID, on: date | None = None) -> Call[m.BookingModel]:
    """Book by a template: on a day, or the next time it can begin."""
    return Call("POST", f"templates/{template}/book", _BOOKING, body=m.TemplateBooking(on=on))


def forget_template(template: UUID) -> Call[None]:
    """Forget a template; what was booked by it stays."""
    return Call("DELETE", f"templates/{template}", NOTHING)


def slots(pool: str, gpus: int, duration: float, after: datetime | None = None) -> Call[m.Slot | None]:
    """Ask for the next free slot of ``duration`` seconds for ``gpus`` GPUs of a pool."""
    answer: TypeAdapter[m.Slot | None] = TypeAdapter(m.Slot | None)
    return Call("GET", "slots", answer, query(pool=pool, gpus=gpus, duration=duration, after=after))


def waitlist(*, past: bool = False) -> Call[list[m.WaitlistEntry]]:
    """Ask for my wishes on the waiting list; those that are over only if ``past``."""
    return Call("GET", "waitlist", TypeAdapter(list[m.WaitlistEntry]), query(past=past))


def wait_for(request: m.WaitlistRequest) -> Call[m.WaitlistEntry]:
    """Wait for a booking that cannot be made now; what can be is made at once."""
    return Call("POST", "waitlist", TypeAdapter(m.WaitlistEntry), body=request)


def withdraw_wish(wish: UUID) -> Call[None]:
    """Wait no longer for a booking."""
    return Call("DELETE", f"waitlist/{wish}", NOTHING)


def accept_wish(wish: UUID) -> Call[m.BookingModel]:
    """Take the booking that is offered for a wish."""
    return Call("POST", f"waitlist/{wish}/accept", _BOOKING)


def decline_wish(wish: UUID) -> Call[None]:
    """Turn down the booking that is offered for a wish."""
    return Call("POST", f"waitlist/{wish}/decline", NOTHING)
