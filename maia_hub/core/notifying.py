"""Notices outside of JupyterLab: what they are about, who wants which, and when one is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from maia_hub.core.ids import UserName


class Topic(str, Enum):
    """What a notice is about; people choose among these."""

    BOOKED = "booked"
    CHANGED = "changed"
    BEGUN = "begun"
    ENDING = "ending"
    ENDED = "ended"
    SERVER = "server"
    OFFERED = "offered"


TOPICS: Mapping[Topic, str] = {
    Topic.BOOKED: "You booked, moved or extended",
    Topic.CHANGED: "A booking of yours was changed or revoked, handed to you, or is endangered",
    Topic.BEGUN: "Your booking has begun and is not used",
    Topic.ENDING: "Your GPU time ends soon",
    Topic.ENDED: "Your GPU time has ended",
    Topic.SERVER: "Your server was stopped, lost or restarted",
    Topic.OFFERED: "What you wait for: an idle GPU, or booked time that comes free",
}
STANDARD = frozenset(Topic) - {Topic.BOOKED}
"""What somebody is told who has said where, and not what: all that she does not do herself."""

OF_NOTICE: Mapping[str, Topic] = {
    "switch": Topic.BEGUN,
    "unused": Topic.BEGUN,
    "idle": Topic.BEGUN,
    "expired": Topic.ENDED,
    "released": Topic.ENDED,
    "handed-over": Topic.ENDED,
    "given-back": Topic.ENDED,
    "preempted": Topic.SERVER,
    "renewed": Topic.SERVER,
    "respawned": Topic.SERVER,
    "lost": Topic.SERVER,
    "waiting": Topic.OFFERED,
    "offer": Topic.OFFERED,
    "waitlist": Topic.OFFERED,
    "waitlist-offer": Topic.OFFERED,
}
"""The kind of a notice in JupyterLab -> its topic; all others are about changes."""
OF_EVENT: Mapping[str, str] = {
    "booking.confirmed": "Booked",
    "booking.changed": "Changed",
    "booking.extended": "Extended",
}
"""What one does oneself, and is told only if one wants to be: action -> how it is called."""

LEADS = (
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(days=1),
)
"""How long before the end one can be told."""
HOOK = "hook:"
"""What the key of a letter to a webhook begins with."""
KEPT_TRYING = timedelta(hours=24)
"""For how long something is tried that the other side does not take."""
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where a user is told, about what, how long before the end, and in which zone times are written.

    ``address`` counts once it is ``confirmed``; ``pending`` is one whose owner has not yet shown that it is hers:
    ``code`` is the digest of what was sent there, ``code_until`` when it lapses, ``tries`` how often it was guessed.
    ``problem`` is why the last message to the address was not taken; empty if all is well. ``hook`` is the webhook of a
    channel of hers, ``hook_problem`` the same of it.
    """

    user: UserName
    address: str = ""
    confirmed: datetime | None = None
    pending: str = ""
    code: str = ""
    code_until: datetime | None = None
    tries: int = 0
    topics: frozenset[Topic] = STANDARD
    lead: timedelta = timedelta(minutes=30)
    zone: str = "UTC"
    problem: str = ""
    problem_since: datetime | None = None
    hook: str = ""
    hook_problem: str = ""

    def wants(self, topic: Topic) -> bool:
        """Tell whether she is to be told of that."""
        return bool(self.address or self.hook) and topic in self.topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message to be sent: ``key`` is what it speaks of, so that nobody is told twice. ``id`` is 0 before.

    ``at`` is when it is sent or tried next, ``until`` when it is of no use any more.
    """

    user: UserName
    key: str
    to: str
    subject: str
    text: str
    made: datetime
    at: datetime
    until: datetime
    tries: int = 0
    id: int = 0


def everywhere(letter: Letter, contact: Contact) -> list[Letter]:
    """Return a letter once for each place where its reader is told."""
    by_mail = [replace(letter, to=contact.address)] if contact.address else []
    by_hook = [replace(letter, to=contact.hook, key=HOOK + letter.key)] if contact.hook else []
    return by_mail + by_hook


def next_try(tries: int, now: datetime) -> datetime:
    """Return when something is tried again that has failed so many times: at first soon, then once an hour."""
    doublings: int = min(tries, 10)
    return now + min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)
