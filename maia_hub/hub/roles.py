"""The rights of every token that the hub hands out, named in this one place."""

from __future__ import annotations

from collections.abc import Sequence

from maia_hub.hub.api import ENTRY_SCOPES, SCOPES, SHUT_OUT_SCOPES

SERVICE = "maia"
TOOLS = "maia-tools"
CONTROLLER = "maia-controller"
CULLER = "maia-culler"
ROUTER = "maia-router"

ACCESS = f"access:services!service={SERVICE}"
"""What lets a user, or code in her server, call the service: as herself only."""

ACCESS_TOOLS = f"access:services!service={TOOLS}"
"""The same for the door to the tools of projects."""

READ, BOOK = f"custom:{SERVICE}:read", f"custom:{SERVICE}:book"
"""What a token may be narrowed to: to look, or to look and change what is its owner's. One with neither may both."""

CUSTOM_SCOPES: dict[str, dict[str, object]] = {
    READ: {
        "description": "See your bookings, the calendar and the event stream of MAIA Hub; change nothing."
    },
    BOOK: {"description": "Book GPUs in MAIA Hub and change what is yours there.", "subscopes": [READ]},
}
"""The hub's ``JupyterHub.custom_scopes``."""

USER_SCOPES = ("self", ACCESS, ACCESS_TOOLS, BOOK)
SERVER_SCOPES = ("users:activity!user", "access:servers!server", ACCESS, ACCESS_TOOLS)
"""The hub's own default for a server's token, and the access to the services."""

ROUTER_SCOPES = ("proxy",)
"""`maia up` asks the hub to give a proxy that was started anew its routes."""

CONTROLLER_SCOPES = (*SCOPES, *ENTRY_SCOPES)
"""Servers start and stop, and the staff of classes open those of their students while the class runs."""

CONTROLLER_SCOPES_APART = (*SCOPES, *SHUT_OUT_SCOPES)
"""The same where nobody opens others' servers: who was let in before is shut out."""

SERVICE_SCOPES = ("read:users:name", "read:users:groups")
"""A booking is handed over to somebody of the same project only: the service asks for her groups. So does the door to
the tools, which takes back the keys of who has left a project."""

CULLER_SCOPES = (
    "list:users",
    "read:users:activity",
    "read:servers",
    "admin:server_state",
    "delete:servers",
)
"""A server's state says what was granted to it."""


def roles(
    *,
    culler: bool = False,
    router: bool = False,
    tools: bool = False,
    admins: Sequence[str] | None = None,
    staff_entry: bool = True,
) -> list[dict[str, object]]:
    """Return the hub's roles (``JupyterHub.load_roles``).

    ``admins`` are all administrators: whoever was one before is none any more. None leaves that to the hub.
    ``staff_entry``: the loops let the staff of classes into the servers of their students while the class runs.
    """
    loops = CONTROLLER_SCOPES if staff_entry else CONTROLLER_SCOPES_APART
    loaded: list[dict[str, object]] = [
        {"name": "user", "scopes": list(USER_SCOPES)},
        {"name": "server", "scopes": list(SERVER_SCOPES)},
        {"name": f"{SERVICE}-service", "scopes": list(SERVICE_SCOPES), "services": [SERVICE]},
        {"name": CONTROLLER, "scopes": list(loops), "services": [CONTROLLER]},
    ]
    if tools:
        loaded.append({"name": f"{TOOLS}-service", "scopes": list(SERVICE_SCOPES), "services": [TOOLS]})
    if router:
        loaded.append({"name": ROUTER, "scopes": list(ROUTER_SCOPES), "services": [ROUTER]})
    if culler:
        loaded.append({"name": CULLER, "scopes": list(CULLER_SCOPES), "services": [CULLER]})
    if admins is not None:
        loaded.append({"name": "admin", "users": list(admins)})
    return loaded
