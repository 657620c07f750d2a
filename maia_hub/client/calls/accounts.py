"""Who I am, what all see, GPU-hours, and where I am told: calendar feeds, e-mail, webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import TypeAdapter

from maia_hub.client import models as m
from maia_hub.client.calls.call import NOTHING, Call, query

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
    return Call("GET", "calendar", TypeAdapter(m.CalendarModel), query(start=start, end=end))


def account(start: datetime | None = None, end: datetime | None = None) -> Call[list[m.Account]]:
    """Ask for the GPU-hours over a window; by default the last seven days."""
    return Call("GET", "account", TypeAdapter(list[m.Account]), query(start=start, end=end))


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
    params = {**days, **query(by=",".join(by), zone=zone, mine=mine, project=project)}
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
    return Call("DELETE", f"feeds/{feed}", NOTHING)


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
    return Call("POST", "contact/test", NOTHING)


def forget_contact() -> Call[None]:
    """Have my address and my choice forgotten."""
    return Call("DELETE", "contact", NOTHING)
