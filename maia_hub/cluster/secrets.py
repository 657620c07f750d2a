"""What one signs in with, as a Secret has it: the keys of Kubernetes' own type ``kubernetes.io/basic-auth``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

USER, PASSWORD = "username", "password"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A name and a secret; never shown by accident."""

    user: str
    secret: str = field(repr=False)


def sign_in(secret: Mapping[str, Any]) -> SignIn | None:
    """Return what a Secret (the API's own JSON) says; None without a password."""
    data = secret.get("data") or {}
    try:
        user, word = (base64.b64decode(data.get(key, ""), validate=True).decode() for key in (USER, PASSWORD))
    except (binascii.Error, UnicodeDecodeError):
        return None
    return SignIn(user.strip(), word.strip()) if word.strip() else None
