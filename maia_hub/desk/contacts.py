"""Where people are told, and about what: their own choice."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from maia_hub.core.errors import Conflict, InvalidInput
from maia_hub.core.interval import zone_called
from maia_hub.core.notifying import HOOK, LEADS, Contact, Topic, everywhere
from maia_hub.desk.cases import Cases
from maia_hub.desk.letters import CODE_HOLDS, of_change, of_code, of_test
from maia_hub.desk.people import Actor
from maia_hub.desk.work import Work

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,189}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_TRIES = 5
_AN_HOUR = timedelta(hours=1)
_MOST_AN_HOUR = 5


class ContactCases(Cases):
    """What people choose about their notices."""

    def contact(self, actor: Actor, now: datetime) -> Contact:
        """Return where one is told, and about what."""
        with self._read(now) as work:
            return work.tx.contacts.get(actor.user)

    def choose_notices(
        self,
        actor: Actor,
        now: datetime,
        *,
        topics: Collection[Topic] | None = None,
        lead: timedelta | None = None,
        zone: str | None = None,
    ) -> Contact:
        """Change what one is told, how long before the end, in which zone; what is None stays."""
        if lead is not None and not LEADS[0] <= lead <= LEADS[-1]:
            raise InvalidInput(
                "One cannot be told that long before the end.",
                given=f"{lead.total_seconds():g} s",
                allowed=f"{LEADS[0].total_seconds():g} to {LEADS[-1].total_seconds():g} s",
            )
        if zone is not None:
            zone_called(zone)
        with self._write(now) as work:
            before = work.tx.contacts.get(actor.user)
            after = replace(
                before,
                topics=before.topics if topics is None else frozenset(topics),
                lead=before.lead if lead is None else lead,
                zone=before.zone if zone is None else zone,
            )
            work.tx.contacts.put(after)
            _record(work, actor, "contact.chosen", after)
            return after

    def give_address(
        self, actor: Actor, address: str, code: str, digest: str, now: datetime, link: str
    ) -> Contact:
        """Send a code to an address; it counts once that code has come back.

        Raises:
            InvalidInput: no address is written like this.
            Conflict: too many codes were asked for within an hour.
        """
        if not _ADDRESS.fullmatch(address):
            raise InvalidInput(
                "That is no e-mail address.", given=address[:80], allowed="an address such as ada@example.org"
            )
        with self._write(now) as work:
            number = _counted(work, actor, "code")
            contact = replace(
                work.tx.contacts.get(actor.user),
                pending=address,
                code=digest,
                code_until=now + CODE_HOLDS,
                tries=0,
            )
            work.tx.contacts.put(contact)
            work.tx.letters.add(of_code(contact, code, number, now, link))
            _record(work, actor, "contact.given", contact)
            return contact

    def confirm_address(self, actor: Actor, digest: str, now: datetime, link: str) -> Contact:
        """Take the code that came to the address; `Conflict` if it is wrong, too old, or was guessed too often."""
        with self._write(now) as work:
            before = work.tx.contacts.get(actor.user)
            holds = before.code_until is not None and now < before.code_until and before.tries < _TRIES
            right = holds and hmac.compare_digest(digest, before.code)
            after = _confirmed(before, now) if right else replace(before, tries=before.tries + 1)
            work.tx.contacts.put(after)
            if right:
                if before.address and before.address != after.address:
                    work.tx.letters.drop(actor.user)
                    work.tx.letters.add(of_change(before, now, link))
                _record(work, actor, "contact.confirmed", after)
        if not right:
            raise Conflict(
                "This is not the code, or it does not hold any more.",
                allowed=f"the code of the latest message, within {CODE_HOLDS.seconds // 60} minutes",
                advice="Enter it again, or have another one sent.",
            )
        return after

    def give_hook(self, actor: Actor, url: str, now: datetime) -> Contact:
        """Tell somebody in a channel, too; empty: no more."""
        with self._write(now) as work:
            contact = replace(work.tx.contacts.get(actor.user), hook=url, hook_problem="")
            work.tx.contacts.put(contact)
            _record(work, actor, "contact.hook", contact)
            return contact

    def forget_contact(self, actor: Actor, now: datetime) -> None:
        """Forget one's address and choice: nothing is sent any more."""
        with self._write(now) as work:
            work.tx.contacts.delete(actor.user)
            work.tx.letters.drop(actor.user)
            work.record(actor.user, "contact.forgotten", actor.user, actor.user)

    def send_test(self, actor: Actor, now: datetime, link: str) -> None:
        """Send oneself a message; `Conflict` without a confirmed address, or after too many within an hour."""
        with self._write(now) as work:
            contact = work.tx.contacts.get(actor.user)
            if not contact.address and not contact.hook:
                raise Conflict("There is no confirmed address yet.", advice="Give one and confirm it first.")
            for letter in everywhere(of_test(contact, _counted(work, actor, "test"), now, link), contact):
                work.tx.letters.add(letter)
            work.record(actor.user, "contact.tested", actor.user, actor.user)


def _confirmed(before: Contact, now: datetime) -> Contact:
    return replace(
        before,
        address=before.pending,
        confirmed=now,
        pending="",
        code="",
        code_until=None,
        tries=0,
        problem="",
        problem_since=None,
    )


def _counted(work: Work, actor: Actor, what: str) -> int:
    """Return a number for the next such letter; refuse more than a few an hour."""
    begun = work.now - _AN_HOUR
    asked = max(work.tx.letters.since(actor.user, f"{by}{what}:", begun) for by in ("", HOOK))
    if asked >= _MOST_AN_HOUR:
        raise Conflict(
            "That was asked for too often.", allowed=f"{_MOST_AN_HOUR} an hour", advice="Try again later."
        )
    return int(work.now.timestamp() * 1000)


def _record(work: Work, actor: Actor, action: str, contact: Contact) -> None:
    """The audit log keeps what was chosen, and no address."""
    after = {"topics": sorted(topic.value for topic in contact.topics), "lead": contact.lead.total_seconds()}
    work.record(actor.user, action, actor.user, actor.user, after=after)
