"""What a token may be narrowed to by its owner, on the hub's token page: to look, or to look and book.

The hub knows these scopes (`maia_hub.hub.roles`), lets people choose them and when the token ends, and takes it back.
A token that carries none of them, such as that of a server, may do both; a sign-in is never narrowed.
"""

from __future__ import annotations

from maia_hub.core.errors import Forbidden
from maia_hub.service.xsrf import SAFE

_LOOKS = ("/check", "/try")
"""The ends of paths that are posted to and change nothing."""


def read(service: str) -> str:
    """Return the scope to look."""
    return f"custom:{service}:read"


def book(service: str) -> str:
    """Return the scope to look and to change what is one's own."""
    return f"custom:{service}:book"


def looks(method: str, path: str) -> bool:
    """Tell whether an operation changes nothing."""
    return method in SAFE or path.endswith(_LOOKS)


def needed(method: str, path: str, service: str) -> str:
    """Return the scope that an operation needs of a token that is narrowed."""
    return read(service) if looks(method, path) else book(service)


def check(method: str, path: str, service: str, held: tuple[str, ...]) -> None:
    """Refuse what a narrowed token was not given; `Forbidden` names the scope."""
    ours = [scope for scope in held if scope.startswith(f"custom:{service}:")]
    wanted = needed(method, path, service)
    if ours and wanted not in ours and book(service) not in ours:
        raise Forbidden(
            "This token may look, and change nothing.",
            given=", ".join(sorted(ours)),
            allowed=f"a token with the scope {wanted}",
            advice="Make one on the hub's token page, or leave its scopes empty there.",
        )
