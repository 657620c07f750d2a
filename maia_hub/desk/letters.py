"""What messages say outside of JupyterLab: plain words, times in the reader's zone, nothing that a user wrote."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from maia_hub.core.bookings import Booking
from maia_hub.core.interval import zone_called
from maia_hub.core.notifying import KEPT_TRYING, OF_EVENT, Contact, Letter
from maia_hub.store.events import Event
from maia_hub.store.notices import Notice

CODE_HOLDS = timedelta(minutes=15)
_IN_UTC = re.compile(r"(\d{4}-\d{2}-\d{2} \d{2}:\d{2}) UTC")
_CHOOSE = "Choose what you are told, and where: Notices"


def told(moment: datetime, zone: str) -> str:
    """Return a moment as the reader's clock shows it."""
    local = moment.astimezone(zone_called(zone))
    return f"{local:%a %Y-%m-%d %H:%M %Z}"


def of_notice(notice: Notice, contact: Contact, link: str) -> Letter:
    """Return what JupyterLab shows, as a message."""
    text = _IN_UTC.sub(lambda found: told(_utc(found[1]), contact.zone), notice.message)
    return _letter(contact, f"notice:{notice.id}", notice.title, text, notice.at, link)


def of_event(event: Event, contact: Contact, what: str, link: str) -> Letter:
    """Return what became of a booking; ``what`` are its GPUs in words."""
    after = event.after or {}
    start, end = (told(datetime.fromisoformat(str(after[name])), contact.zone) for name in ("start", "end"))
    subject = f"{OF_EVENT[event.action]}: {what}"
    return _letter(
        contact, f"event:{event.id}", subject, f"{subject}.\nFrom {start}\nto {end}.", event.at, link
    )


def of_end(booking: Booking, contact: Contact, what: str, now: datetime, link: str) -> Letter:
    """Return the warning before the end of a booking; it is of no use after it."""
    end = booking.interval.end
    text = (
        f"{what}: your time ends {told(end, contact.zone)}.\n"
        "Documents are saved and your server goes on on CPU; kernel memory is lost. "
        "Extend in JupyterLab, the portal or by maia gpu extend, as far as the calendar is free."
    )
    key = ending_key(booking)
    return _letter(contact, key, f"Your GPU time ends {told(end, contact.zone)}", text, now, link, until=end)


def ending_key(booking: Booking) -> str:
    """Return what the warning before this end is known by: an extended booking has another one."""
    return f"ending:{booking.id}:{booking.interval.end.isoformat()}"


def of_code(contact: Contact, code: str, number: int, now: datetime, link: str) -> Letter:
    """Return what shows that an address is the user's own."""
    text = (
        f"{code}\n\nis the code that confirms this address for the notices of {contact.user}. "
        f"It holds for {CODE_HOLDS.seconds // 60} minutes: enter it in the portal, or by maia notices confirm CODE.\n\n"
        "If you know nothing of it, somebody mistyped an address: do nothing, and you are not written to again."
    )
    return _plain(
        contact, f"code:{number}", contact.pending, "Confirm your address", text, now, now + CODE_HOLDS, link
    )


def of_test(contact: Contact, number: int, now: datetime, link: str) -> Letter:
    """Return what somebody sends herself to see whether it arrives."""
    text = f"This is the test that you asked for, at {told(now, contact.zone)}. Notices reach you here."
    return _letter(contact, f"test:{number}", "A test of your notices", text, now, link)


def of_change(before: Contact, now: datetime, link: str) -> Letter:
    """Return what the owner of an address is told when notices go elsewhere from now on."""
    text = (
        f"The notices of {before.user} go to another address from now on.\n\n"
        "If this was not you, sign in to the portal, change it back, and tell your administrator."
    )
    key = f"moved:{now.isoformat()}"
    return _plain(
        before, key, before.address, "Your notices go elsewhere", text, now, now + KEPT_TRYING, link
    )


def _letter(
    contact: Contact,
    key: str,
    subject: str,
    text: str,
    at: datetime,
    link: str,
    *,
    until: datetime | None = None,
) -> Letter:
    foot = f"{_CHOOSE}, at {link}" if link else f"{_CHOOSE}, in the portal."
    return _plain(
        contact, key, contact.address, subject, f"{text}\n\n{foot}", at, until or at + KEPT_TRYING, ""
    )


def _plain(  # noqa: PLR0913, PLR0917 - one for each part
    contact: Contact, key: str, to: str, subject: str, text: str, at: datetime, until: datetime, link: str
) -> Letter:
    body = f"{text}\n\n{link}" if link else text
    return Letter(
        user=contact.user,
        key=key,
        to=to,
        subject=subject[:200],
        text=f"{body}\n",
        made=at,
        at=at,
        until=until,
    )


def _utc(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=timezone.utc)
