"""Service accounts that belong to one user, by their name alone: nobody has to look anywhere to know whose one is.

A user's account is ``maia-user-`` and the user's name, in which every byte of UTF-8 but a–z and 0–9 is written as a
hyphen and two hexadecimal digits: ``alice@uni.se`` has ``maia-user-alice-40uni-2ese``. The name is read back to the
letter, so no two users share one. Who may make such accounts, or run pods as them, the chart's policies say.
"""

from __future__ import annotations

import re

from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import UserName

PREFIX = "maia-user-"
_LONGEST = 253  # a DNS subdomain, as Kubernetes wants names of service accounts
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789")
_FORM = re.compile(r"(?:[a-z0-9]|-[0-9a-f]{2})+")
_ESCAPED = re.compile(r"-([0-9a-f]{2})")


def account_of(user: UserName) -> str:
    """Return the name of the user's service account.

    Raises:
        InvalidInput: no name of Kubernetes is long enough for it, or it ends in what no such name may end in.
    """
    name = _written(user)
    if not user or len(name) > _LONGEST:
        raise InvalidInput(
            "This user's name makes no name of a service account.",
            given=user,
            allowed=f"1 to {_LONGEST - len(PREFIX)} letters, three for each that is not a–z or 0–9",
            advice="Give the user a shorter name.",
        )
    return name


def user_of(account: str) -> UserName | None:
    """Return the user whom an account belongs to; None if it belongs to nobody."""
    written = account.removeprefix(PREFIX)
    if written == account or not _FORM.fullmatch(written):
        return None
    letters = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), written)
    try:
        user = UserName(letters.encode("latin-1").decode("utf-8"))
    except UnicodeDecodeError:
        return None
    return user if _written(user) == account else None  # -61 for a would be a second name of the same user's


def _written(user: str) -> str:
    return PREFIX + "".join(chr(b) if b in _PLAIN else f"-{b:02x}" for b in user.encode())
