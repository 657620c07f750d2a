"""How a program without a browser, such as 3D Slicer's plug-in, signs in: with a password that is soon useless.

A person has one made where she is signed in, and types it into the program, which exchanges it for a token (MONAI
Label's ``POST /auth/token``). A password is good once, a token until it expires; both are random, kept as digests in
this process alone, and gone with it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from maia_lab.monailabel.admitted import Role

PASSWORD_AGE = timedelta(minutes=10)
TOKEN_AGE = timedelta(hours=8)
_MOST = 1_000
"""Passwords and tokens of a server at a time; of more the oldest are forgotten."""


@dataclass(frozen=True)
class Person:
    """Who asks."""

    name: str
    role: Role


@dataclass(frozen=True)
class Ticket:
    """A password or a token as it is shown, once."""

    text: str
    until: datetime


@dataclass(frozen=True)
class _Kept:
    person: Person
    until: datetime


class Tickets:
    """The passwords and tokens of one MONAI Label."""

    def __init__(self) -> None:
        self._passwords: dict[str, _Kept] = {}
        self._tokens: dict[str, _Kept] = {}

    def password(self, person: Person, now: datetime) -> Ticket:
        """Return a new password for somebody."""
        return _kept(self._passwords, person, now, PASSWORD_AGE)

    def exchange(self, name: str, password: str, now: datetime) -> Ticket | None:
        """Return a token for a name and a password, which is used up; None if they are not, or no longer, good."""
        found = _found(self._passwords, password, now)
        if found is None or found.name != name:
            return None
        del self._passwords[_digest(password)]
        return _kept(self._tokens, found, now, TOKEN_AGE)

    def who(self, token: str, now: datetime) -> Person | None:
        """Return whose token that is; None if it is nobody's, or has expired."""
        return _found(self._tokens, token, now)


def _kept(table: dict[str, _Kept], person: Person, now: datetime, age: timedelta) -> Ticket:
    for digest in [each for each, kept in table.items() if kept.until <= now]:
        del table[digest]
    while len(table) >= _MOST:
        del table[next(iter(table))]
    made = Ticket(secrets.token_urlsafe(32), now + age)
    table[_digest(made.text)] = _Kept(person, made.until)
    return made


def _found(table: dict[str, _Kept], text: str, now: datetime) -> Person | None:
    kept = table.get(_digest(text))
    return kept.person if kept and now < kept.until else None


def _digest(text: str) -> str:
    """What is looked up is a digest, so that the time of looking says nothing of the secret."""
    return hashlib.sha256(text.encode()).hexdigest()
