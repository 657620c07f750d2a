"""What is looked for in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_

from maia_hub.store.marks import ID_FROM, Either, bits_of
from maia_hub.store.tables import events


@dataclass(frozen=True, kw_only=True)
class Search:
    """What events must be like; what is None does not matter.

    ``user`` is who did it or whom it concerns, ``action`` what the action begins with, ``subject`` what the thing's id
    begins with, ``text`` a part of the reason or the action, whatever its case, or what the id begins with, of five
    characters at least. ``until`` is exclusive.
    """

    user: str | None = None
    project: str | None = None
    subject: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


EVERYTHING = Search()
_ID = 36
"""Characters of a whole id."""


def conditions(search: Search) -> list[ColumnElement[bool]]:
    """Return what is true of the events, but for the person."""
    asked = {
        "project": lambda value: events.c.project == value,
        "subject": _names,
        "action": lambda value: events.c.action.startswith(value, autoescape=True),
        "since": lambda value: events.c.at >= value,
        "until": lambda value: events.c.at < value,
        "text": _contains,
    }
    values = {name: getattr(search, name) for name in asked}
    return [condition(values[name]) for name, condition in asked.items() if values[name] is not None]


def _names(subject: str) -> ColumnElement[bool]:
    """Compare a whole id, which its index finds at once, or the beginning of one."""
    if len(subject) == _ID:
        return events.c.subject == subject.lower()
    return events.c.subject.startswith(subject, autoescape=True)


def bits_needed(search: Search) -> Either:
    """Return what a block of events must have that are searched for; whole ids have their index."""
    beginning = search.subject if search.subject is None or len(search.subject) != _ID else None
    return bits_of(search.text, beginning)


def _contains(text: str) -> ColumnElement[bool]:
    found = [column.icontains(text, autoescape=True) for column in (events.c.reason, events.c.action)]
    if len(text) >= ID_FROM:
        found.append(events.c.subject.istartswith(text, autoescape=True))
    return or_(*found)
