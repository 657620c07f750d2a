"""What this Jupyter server knows of the MONAI Labels that run beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import quote

from maia_hub.core.errors import Unavailable
from maia_lab.monailabel.admitted import Role
from maia_lab.monailabel.guests import Guests
from maia_lab.monailabel.relayed import Relay
from maia_lab.monailabel.tickets import Person, Tickets

if TYPE_CHECKING:
    import httpx

SERVING = "maia_monailabel_serving"
_LOOKS_FOR = 5.0
"""Seconds until a MONAI Label must have taken a connection; how long it computes is its own affair."""


@dataclass(frozen=True)
class Address:
    """Where one listens, and the word that its guard wants to hear."""

    url: str
    secret: str = field(repr=False)

    def headers(self, person: Person) -> Mapping[str, str]:
        """Return what signs the door in, and who asks through it, in letters that a header may hold."""
        said = {"Authorization": f"Bearer {self.secret}", "X-Maia-Person": quote(person.name, safe="@")}
        return {**said, "X-Maia-Guest": "1"} if person.role is Role.GUEST else said

    def silent(self, why: str) -> Unavailable:
        """Return the error for no answer."""
        return Unavailable(
            "MONAI Label does not answer now.",
            given=why,
            advice="Try again in a moment; its log says more: maia monailabel logs.",
        )


def address(name: str) -> Address:
    """Return where the user's own server of that name is.

    Raises:
        NotFound: none of that name was ever started.
        Unavailable: it does not run, or is not ready yet.
    """
    from maia_hub.monailabel import server  # noqa: PLC0415 - loaded by nothing else that a server does at its start

    found = server.reached(name)
    return Address(found.address, found.secret)


class Serving:
    """Finds them by name, and holds the passwords and tokens of each as long as this process lives."""

    def __init__(self, find: Callable[[str], Address] = address) -> None:
        self.address = find
        self._tickets: dict[str, Tickets] = {}
        self.guests = Guests(find)
        self.relay = Relay()

    def tickets(self, name: str) -> Tickets:
        """Return those of one."""
        return self._tickets.setdefault(name, Tickets())

    @cached_property
    def http(self) -> httpx.AsyncClient:
        """What asks them: no cookies are kept, no proxy of the environment is used, and nothing is followed."""
        import httpx  # noqa: PLC0415 - loaded by nothing else that a server does at its start

        none = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        patience = httpx.Timeout(None, connect=_LOOKS_FOR)
        return httpx.AsyncClient(cookies=none, timeout=patience, trust_env=False)
