"""Telling people outside of JupyterLab: what they choose, and what is to be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking
from maia_hub.core.ids import PoolId, UserName
from maia_hub.core.notifying import (
    HOOK,
    OF_EVENT,
    OF_NOTICE,
    Contact,
    Letter,
    Topic,
    everywhere,
    next_try,
)
from maia_hub.desk.cases import Cases
from maia_hub.desk.letters import ending_key, of_end, of_event, of_notice
from maia_hub.desk.work import Work
from maia_hub.store.events import Event

_KEPT = timedelta(days=30)
_EVENTS, _NOTICES = "letters.events", "letters.notices"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Found:
    letters: tuple[Letter, ...]
    cursors: Mapping[str, int]
    next_end: datetime | None


class NotifyingCases(Cases):
    """What the loop calls that sends messages; only one process may run it."""

    def collect_letters(self, now: datetime, link: str) -> datetime | None:
        """Put what has happened since the last time on the pile for those who want to be told.

        Return when somebody's time will end so soon that she is to be told; None if that is not in sight.
        """
        with self._read(now) as work:
            found = _look(work, link)
        if found.letters or found.cursors:
            with self._write(now) as work:
                for letter in found.letters:
                    work.tx.letters.add(letter)
                for name, last in found.cursors.items():
                    work.tx.letters.move_cursor(name, last)
                work.tx.letters.forget(now - _KEPT)
        return found.next_end

    def letters_due(self, now: datetime, limit: int, *, hooks: bool = False) -> list[Letter]:
        """Return what is to be sent now, by mail or to webhooks, the oldest first."""
        with self._read(now) as work:
            return work.tx.letters.due(now, limit, hooks=hooks)

    def next_letter(self, now: datetime) -> datetime | None:
        """Return when something is to be sent next; None if nothing is."""
        with self._read(now) as work:
            return work.tx.letters.next_due()

    def letter_sent(self, letter: Letter, now: datetime) -> None:
        """Take note that somebody was told."""
        with self._write(now) as work:
            work.tx.letters.done(letter.id, "sent", now)
            contact = work.tx.contacts.get(letter.user)
            if contact.problem and letter.to == contact.address:
                work.tx.contacts.put(replace(contact, problem="", problem_since=None))
            if contact.hook_problem and letter.to == contact.hook:
                work.tx.contacts.put(replace(contact, hook_problem=""))

    def letter_refused(self, letter: Letter, why: str, now: datetime) -> None:
        """Take note that it will never be taken; its owner sees why in the portal."""
        with self._write(now) as work:
            work.tx.letters.done(letter.id, "refused", now)
            _trouble(work, letter, why)

    def letter_later(self, letter: Letter, why: str, now: datetime) -> None:
        """Take note that it was not taken now: it is tried again as long as it is of use."""
        at = next_try(letter.tries, now)
        with self._write(now) as work:
            if at >= letter.until:
                work.tx.letters.done(letter.id, "late", now)
            else:
                work.tx.letters.again(letter.id, at)
            _trouble(work, letter, why)

    def letter_counts(self, now: datetime) -> dict[str, int]:
        """Return how many messages wait to be sent, and how many addresses did not take the last one."""
        with self._read(now) as work:
            return {"waiting": work.tx.letters.waiting(), "failing": work.tx.contacts.failing()}


def _look(work: Work, link: str) -> _Found:
    last = {name: work.tx.letters.cursor(name) for name in (_EVENTS, _NOTICES)}
    newest = {_EVENTS: work.tx.events.last(), _NOTICES: work.tx.notices.last()}
    if None in last.values():  # told of what happens from now on, not of what was before
        return _Found((), newest, None)
    people = work.tx.contacts.reachable()
    if not people:
        return _Found((), {n: newest[n] for n in newest if newest[n] != last[n]}, None)
    letters, cursors = [], {}
    events = work.tx.events.after(last[_EVENTS] or 0, _AT_ONCE)
    if events:
        cursors[_EVENTS] = events[-1].id
        letters += list(_of_events(work, events, people, link))
    notices = work.tx.notices.after(last[_NOTICES] or 0, _AT_ONCE)
    if notices:
        cursors[_NOTICES] = notices[-1].id
    for notice in notices:
        contact = people.get(notice.user)
        if contact and not notice.dismissed and contact.wants(OF_NOTICE.get(notice.kind, Topic.CHANGED)):
            letters += everywhere(of_notice(notice, contact, link), contact)
    ending, next_end = _of_ends(work, people, link)
    return _Found((*letters, *ending), cursors, next_end)


def _of_events(
    work: Work, events: list[Event], people: Mapping[UserName, Contact], link: str
) -> Iterator[Letter]:
    names = _products(work)
    for event in events:
        contact = people.get(event.user)
        if contact is None or event.action not in OF_EVENT or event.after is None:
            continue
        if event.actor == event.user and contact.wants(Topic.BOOKED):  # what others do is a notice
            pool = PoolId(str(event.after["pool"]))
            letter = of_event(event, contact, f"{event.after['gpus']} × {names.get(pool, pool)}", link)
            yield from everywhere(letter, contact)


def _of_ends(
    work: Work, people: Mapping[UserName, Contact], link: str
) -> tuple[list[Letter], datetime | None]:
    """Return the warnings that are due, and when the next one is."""
    if not any(contact.wants(Topic.ENDING) for contact in people.values()):
        return [], None
    names = _products(work)
    due: list[Letter] = []
    later: list[datetime] = []
    for user, booking in _users(work):
        contact = people.get(user)
        if contact is None or not contact.wants(Topic.ENDING) or booking.interval.end <= work.now:
            continue
        at = _warned_at(booking, contact)
        if at > work.now:
            later.append(at)
        elif not work.tx.letters.known(user, [ending_key(booking), HOOK + ending_key(booking)]):
            what = f"{booking.gpus} × {names.get(booking.pool, booking.pool)}"
            due += everywhere(of_end(booking, contact, what, work.now, link), contact)
    return due, min(later, default=None)


def _users(work: Work) -> Iterator[tuple[UserName, Booking]]:
    """Yield what is booked now or later with each who may use it: its owner, or the members of its group."""
    members = {group.id: group.members for course in work.tx.classes.live() for group in course.groups}
    for booking in work.tx.bookings.live():
        users = (booking.user,) if booking.group is None else members.get(booking.group, ())
        yield from ((user, booking) for user in users)


def _warned_at(booking: Booking, contact: Contact) -> datetime:
    """Return when its owner is told of the end: not before the booking has begun."""
    return max(booking.interval.end - contact.lead, booking.interval.start)


def _products(work: Work) -> dict[PoolId, str]:
    return {pool.id: pool.product for pool in work.tx.inventory.pools()}


def _trouble(work: Work, letter: Letter, why: str) -> None:
    contact = work.tx.contacts.get(letter.user)
    if letter.to in (contact.address, contact.pending):
        since = contact.problem_since if contact.problem else work.now
        work.tx.contacts.put(replace(contact, problem=why, problem_since=since))
    elif letter.to == contact.hook:
        work.tx.contacts.put(replace(contact, hook_problem=why))
