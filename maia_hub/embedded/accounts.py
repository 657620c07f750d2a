"""Accounts with generated passwords."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from maia_hub.core.errors import InvalidInput
from maia_hub.embedded.settings import Account

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # without what is easily confused: 0 o 1 l
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,31}")
DEMO_USERS = ("alice", "bob")
ADMIN = "admin"


def generate_password() -> str:
    """Return a password of 80 random bits in four groups, easy to type."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def complete(accounts: Sequence[Account], users: Sequence[str], admins: Sequence[str]) -> list[Account]:
    """Return an account for each user and administrator; who has one already keeps the password."""
    known = {account.name: account for account in accounts}
    for name in (*users, *admins):
        check_name(name)
    wanted = dict.fromkeys((*users, *admins))
    return [
        Account(
            name=name,
            password=known[name].password if name in known else generate_password(),
            admin=name in admins,
        )
        for name in wanted
    ]


def check_name(name: str) -> None:
    """Refuse a name that cannot be a user's."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "That cannot be a user name.",
            given=name,
            allowed="a lower-case letter, then up to 31 lower-case letters, digits or any of . - _",
            advice="Give the names as --users alice,bob.",
        )
