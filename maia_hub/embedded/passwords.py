"""How the hub checks generated passwords; apart from the accounts, for it takes all of JupyterHub's imports."""

from __future__ import annotations

from hmac import compare_digest
from typing import Any

from jupyterhub.auth import Authenticator
from tornado.web import HTTPError
from traitlets import Dict, Unicode


class GeneratedPasswords(Authenticator):
    """Signs in the accounts that `maia up` has made."""

    passwords = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        config=True,
        help="User name to generated password. Only for accounts that exist; there is no default.",
    )

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """Return the user's name if the password is hers; takes the same time whether she exists or not."""
        if not {"username", "password"} <= data.keys():  # the hub would answer 500
            raise HTTPError(400, "A sign-in has a username and a password.")
        name: str = self.normalize_username(data["username"])  # type: ignore[no-untyped-call]
        expected = self.passwords.get(name, "")
        right = compare_digest(expected.encode(), data["password"].encode())
        return name if right and expected else None
