"""The table of calls: every request of the REST API, once, for the sync and the async client alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter

from maia_hub.client import models as m

T = TypeVar("T")

VISITOR = "Maia-Visitor"
"""The header that carries a visitor's token: no error of a body or a path can repeat it."""


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request and the shape of its answer; ``path`` is relative to ``…/api/v1/``."""

    method: str
    path: str
    answer: TypeAdapter[T]
    params: Mapping[str, str] = field(default_factory=dict)
    body: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    repeats: bool = True
    """Whether it may be sent again: it changes nothing, or only once, however often it is sent."""
    paged: bool = False
    """Whether the answer is a list that comes in pages."""

    def after(self, cursor: str) -> Call[T]:
        """Return the call for the page that a cursor begins."""
        return replace(self, params={**self.params, "cursor": cursor})

    def read(self, content: bytes) -> T:
        """Turn the answer's body into its model; an empty body stands for None."""
        return self.answer.validate_json(content or b"null")


_NOTHING: TypeAdapter[None] = TypeAdapter(type(None))
_BOOKING = TypeAdapter(m.BookingModel)
_SERIES = TypeAdapter(m.SeriesModel)
_CLASS = TypeAdapter(m.ClassModel)
_CONTACT = TypeAdapter(m.ContactModel)


def me() -> Call[m.Me]:
    """Ask who I am."""
    return Call("GET", "me", TypeAdapter(m.Me))


def projects() -> Call[list[m.ProjectModel]]:
    """Ask for my projects, what they may use and what is booked of it."""
    return Call("GET", "projects", TypeAdapter(list[m.ProjectModel]))


def gpus() -> Call[list[m.PoolModel]]:
    """Ask which GPUs there are, by pool."""
    return Call("GET", "gpus", TypeAdapter(list[m.PoolModel]))


def calendar(start: datetime, end: datetime) -> Call[m.CalendarModel]:
    """Ask for everybody's bookings over [start, end)."""
    return Call("GET", "calendar", TypeAdapter(m.CalendarModel), _params(start=start, end=end))


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
    params = _params(mine=mine, start=start, end=end, state=states, project=project, limit=limit)
    return Call("GET", "bookings", TypeAdapter(list[m.BookingModel]), params, paged=True)


def booking(booking_id: UUID) -> Call[m.BookingModel]:
    """Ask for one booking."""
    return Call("GET", f"bookings/{booking_id}", _BOOKING)


def book(request: m.BookingRequest) -> Call[m.BookingModel]:
    """Book GPUs."""
    return Call("POST", "bookings", _BOOKING, body=request)


def check(request: m.BookingRequest, ignore: UUID | None = None) -> Call[m.Verdict]:
    """Ask whether a booking would be accepted; ``ignore`` is a booking of mine that it would replace."""
    return Call("POST", "bookings/check", TypeAdapter(m.Verdict), _params(ignore=ignore), request)


def change(booking_id: UUID, request: m.BookingChange, match: str | None = None) -> Call[m.BookingModel]:
    """Move a booking, or change its length or note; ``match`` is the etag of the version that is meant."""
    return Call("PATCH", f"bookings/{booking_id}", _BOOKING, body=request, headers=_match(match))


def extend(booking_id: UUID, until: datetime, match: str | None = None) -> Call[m.BookingModel]:
    """Give a booking a later end; ``match`` as in `change`."""
    body = m.ExtendRequest(until=until)
    return Call("POST", f"bookings/{booking_id}/extend", _BOOKING, body=body, headers=_match(match))


def release(booking_id: UUID, match: str | None = None) -> Call[m.BookingModel]:
    """Give the GPUs of a running booking back now; ``match`` as in `change`."""
    return Call("POST", f"bookings/{booking_id}/release", _BOOKING, headers=_match(match))


def cancel(booking_id: UUID, match: str | None = None) -> Call[m.BookingModel]:
    """Cancel a booking that has not begun; ``match`` as in `change`."""
    return Call("POST", f"bookings/{booking_id}/cancel", _BOOKING, headers=_match(match))


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
    return Call("POST", f"bookings/{booking_id}/hand-over", _BOOKING, body=body, headers=_match(match))


def check_series(request: m.SeriesRequest) -> Call[m.SeriesCheck]:
    """Ask of every date of a series whether it would be accepted."""
    return Call("POST", "series/check", TypeAdapter(m.SeriesCheck), body=request)


def book_series(request: m.SeriesRequest) -> Call[m.SeriesModel]:
    """Book again and again: all dates of a rule, or those that can be had."""
    return Call("POST", "series", _SERIES, body=request)


def classes() -> Call[list[m.ClassModel]]:
    """Ask for the classes that I am in, look after, or whose project I lead."""
    return Call("GET", "classes", TypeAdapter(list[m.ClassModel]))


def one_class(class_id: UUID) -> Call[m.ClassModel]:
    """Ask for a class with its bookings."""
    return Call("GET", f"classes/{class_id}", _CLASS)


def check_class(request: m.ClassRequest) -> Call[m.ClassCheck]:
    """Ask what a class would be: what is wrong in its list, and every date."""
    return Call("POST", "classes/check", TypeAdapter(m.ClassCheck), body=request)


def check_class_change(class_id: UUID, roster: str) -> Call[m.ClassCheck]:
    """Ask what each date of a class would be with other groups; nothing is changed."""
    request = m.RosterTrial(roster=roster)
    return Call("POST", f"classes/{class_id}/check", TypeAdapter(m.ClassCheck), body=request)


def make_class(request: m.ClassRequest) -> Call[m.ClassModel]:
    """Make a class and book its dates."""
    return Call("POST", "classes", _CLASS, body=request)


def change_class(class_id: UUID, change: m.ClassChange, etag: str | None = None) -> Call[m.ClassModel]:
    """Let others be in the groups of a class or look after it; with ``etag`` only as I saw it."""
    return Call("PATCH", f"classes/{class_id}", _CLASS, body=change, headers=_match(etag))


def cancel_class_date(class_id: UUID, start: datetime) -> Call[m.ClassModel]:
    """Cancel one date of a class for all groups."""
    request = m.ClassDateCancellation(start=start)
    return Call("POST", f"classes/{class_id}/cancel-date", _CLASS, body=request)


def end_class(class_id: UUID, reason: str = "") -> Call[m.ClassModel]:
    """End a class for all."""
    return Call("POST", f"classes/{class_id}/end", _CLASS, body=m.ClassEnding(reason=reason))


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
    return Call("DELETE", f"templates/{template}", _NOTHING)


def slots(pool: str, gpus: int, duration: float, after: datetime | None = None) -> Call[m.Slot | None]:
    """Ask for the next free slot of ``duration`` seconds for ``gpus`` GPUs of a pool."""
    answer: TypeAdapter[m.Slot | None] = TypeAdapter(m.Slot | None)
    return Call("GET", "slots", answer, _params(pool=pool, gpus=gpus, duration=duration, after=after))


def state() -> Call[m.State]:
    """Ask for all that the panels show."""
    return Call("GET", "state", TypeAdapter(m.State))


def options(server: str = "") -> Call[m.Options]:
    """Ask what a server of mine could be started with now."""
    return Call("GET", "options", TypeAdapter(m.Options), _params(server=server))


def switch(server: str, choice: str) -> Call[None]:
    """Restart a running server of mine with another choice."""
    body = m.SwitchRequest(choice=choice)
    return Call("POST", "servers/switch", _NOTHING, _params(server=server), body)


def visit(server: str, token: str) -> Call[m.Visitor]:
    """Tell that somebody else is in a server of mine, by the hub's ``token`` of hers; `Forbidden`: shut her out."""
    headers = {VISITOR: token}
    return Call("POST", "servers/visits", TypeAdapter(m.Visitor), _params(server=server), headers=headers)


def join_queue(pool: str, server: str = "") -> Call[m.QueuePlace]:
    """Let a running server of mine wait for an idle GPU of a pool."""
    body = m.QueueRequest(pool=pool, server=server)
    return Call("POST", "queue", TypeAdapter(m.QueuePlace), body=body)


def leave_queue(place: int) -> Call[None]:
    """Give up a place in a line, or turn down what is offered there."""
    return Call("DELETE", f"queue/{place}", _NOTHING)


def accept_offer(place: int) -> Call[None]:
    """Take the GPU that is offered: the server is restarted with it."""
    return Call("POST", f"queue/{place}/accept", _NOTHING)


def waitlist(*, past: bool = False) -> Call[list[m.WaitlistEntry]]:
    """Ask for my wishes on the waiting list; those that are over only if ``past``."""
    return Call("GET", "waitlist", TypeAdapter(list[m.WaitlistEntry]), _params(past=past))


def wait_for(request: m.WaitlistRequest) -> Call[m.WaitlistEntry]:
    """Wait for a booking that cannot be made now; what can be is made at once."""
    return Call("POST", "waitlist", TypeAdapter(m.WaitlistEntry), body=request)


def withdraw_wish(wish: UUID) -> Call[None]:
    """Wait no longer for a booking."""
    return Call("DELETE", f"waitlist/{wish}", _NOTHING)


def accept_wish(wish: UUID) -> Call[m.BookingModel]:
    """Take the booking that is offered for a wish."""
    return Call("POST", f"waitlist/{wish}/accept", _BOOKING)


def decline_wish(wish: UUID) -> Call[None]:
    """Turn down the booking that is offered for a wish."""
    return Call("POST", f"waitlist/{wish}/decline", _NOTHING)


def dismiss(notice: int) -> Call[None]:
    """Dismiss a notice."""
    return Call("DELETE", f"notices/{notice}", _NOTHING)


def usage() -> Call[m.Usage]:
    """Ask how busy the GPUs of my servers are."""
    return Call("GET", "usage", TypeAdapter(m.Usage))


def account(start: datetime | None = None, end: datetime | None = None) -> Call[list[m.Account]]:
    """Ask for the GPU-hours over a window; by default the last seven days."""
    return Call("GET", "account", TypeAdapter(list[m.Account]), _params(start=start, end=end))


def report(
    first: date | None = None,
    last: date | None = None,
    *,
    by: Sequence[m.ReportGroup] = ("project", "month"),
    zone: str | None = None,
    mine: bool = False,
    project: str | None = None,
) -> Call[m.Report]:
    """Ask for GPU-hours from one day to another one, both included; by default of this month and the two before.

    ``zone`` is whose days are meant, such as Europe/Stockholm; None: the site's. ``mine``: no others' hours.
    """
    days = {name: day.isoformat() for name, day in (("from", first), ("to", last)) if day is not None}
    params = {**days, **_params(by=",".join(by), zone=zone, mine=mine, project=project)}
    return Call("GET", "reports", TypeAdapter(m.Report), params)


def feeds() -> Call[list[m.FeedModel]]:
    """Ask which calendar feeds I have."""
    return Call("GET", "feeds", TypeAdapter(list[m.FeedModel]))


def add_feed(request: m.FeedRequest) -> Call[m.NewFeedModel]:
    """Make a calendar feed; the answer has its address, which is never shown again."""
    return Call("POST", "feeds", TypeAdapter(m.NewFeedModel), body=request, repeats=False)


def renew_feed(feed: UUID) -> Call[m.NewFeedModel]:
    """Give a calendar feed another address in the place of the one before."""
    return Call("POST", f"feeds/{feed}/renew", TypeAdapter(m.NewFeedModel), repeats=False)


def revoke_feed(feed: UUID) -> Call[None]:
    """End a calendar feed."""
    return Call("DELETE", f"feeds/{feed}", _NOTHING)


def contact() -> Call[m.ContactModel]:
    """Ask where I am told, and about what."""
    return Call("GET", "contact", _CONTACT)


def choose_notices(request: m.ContactChange) -> Call[m.ContactModel]:
    """Choose what I am told, how long before the end, in which zone."""
    return Call("PATCH", "contact", _CONTACT, body=request)


def give_address(request: m.AddressRequest) -> Call[m.ContactModel]:
    """Have a code sent to an e-mail address of mine."""
    return Call("POST", "contact/address", _CONTACT, body=request, repeats=False)


def confirm_address(request: m.ConfirmRequest) -> Call[m.ContactModel]:
    """Enter the code that came: from now on I am told there."""
    return Call("POST", "contact/confirm", _CONTACT, body=request, repeats=False)


def give_hook(request: m.HookRequest) -> Call[m.ContactModel]:
    """Name the webhook of a channel in which I am told, too."""
    return Call("POST", "contact/hook", _CONTACT, body=request)


def send_test() -> Call[None]:
    """Have a test sent to me."""
    return Call("POST", "contact/test", _NOTHING)


def forget_contact() -> Call[None]:
    """Have my address and my choice forgotten."""
    return Call("DELETE", "contact", _NOTHING)


# ---- for the spawner alone


def spawner_options(user: str, server: str, project: str) -> Call[m.Options]:
    """Ask what a server of ``user`` could be started with now."""
    params = _params(user=user, server=server, project=project)
    return Call("GET", "spawner/options", TypeAdapter(m.Options), params)


def grant(request: m.GrantRequest) -> Call[m.Grant | m.Wait]:
    """Ask what a server that starts now receives."""
    answer: TypeAdapter[m.Grant | m.Wait] = TypeAdapter(m.Grant | m.Wait)
    return Call("POST", "spawner/grants", answer, body=request)


def grant_running(grant_id: UUID) -> Call[None]:
    """Report that the process of a grant runs."""
    return Call("POST", f"spawner/grants/{grant_id}/running", _NOTHING)


def grant_ended(grant_id: UUID, report: m.GrantEnded) -> Call[None]:
    """Report that the process of a grant is gone."""
    return Call("POST", f"spawner/grants/{grant_id}/ended", _NOTHING, body=report)


def stopping(user: str, server: str) -> Call[m.Stopping]:
    """Ask whether a server that is being stopped will be started again by the platform."""
    return Call("POST", "spawner/stopping", TypeAdapter(m.Stopping), _params(user=user, server=server))


def _match(etag: str | None) -> dict[str, str]:
    return {} if etag is None else {"If-Match": etag}


def _params(**values: Any) -> dict[str, str]:
    return {key: _text(value) for key, value in values.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)
