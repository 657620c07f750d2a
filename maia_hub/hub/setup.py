"""What a JupyterHub on Kubernetes must be told to work with the platform: the chart's own hub, or any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.hub.origins import astray, set_apart
from maia_hub.hub.roles import CONTROLLER, CULLER, CULLER_SCOPES, CUSTOM_SCOPES, SERVICE, TOOLS, roles

PREFIX = f"/services/{SERVICE}"
TOOLS_PREFIX = f"/services/{TOOLS}"
SECRETS = ("service", "controller", "spawner")
"""What hub and service both know, a file of a Secret each: two tokens for the hub's API, and the spawner's word."""
TOOLS_SECRET = "tools"  # noqa: S105 the name of a file
"""What hub and door both know, where there is one: a token for the hub's API."""

REFLECTORS = {"timeout_seconds": 60, "restart_seconds": 60, "request_timeout": 75}
"""How often KubeSpawner reads all pods anew beside following them, in seconds: by itself every ten, which for thousands
of servers is a tenth of a processor. A connection that broke without a word is noticed after the last of them."""


def setup(
    c: Any,
    *,
    service_url: str,
    secrets: Mapping[str, str] | str | Path,
    public_service_url: str = "",
    tools_url: str = "",
    public_tools_url: str = "",
    staff_entry: bool = True,
) -> None:
    """Write into a JupyterHub's configuration object ``c`` all that the platform needs of it.

    Call it last: services and roles are added to those that are there, the spawner class is set. ``service_url`` is
    where hub and proxy reach the booking service, such as http://maia-hub-service.maia:8080, and
    ``public_service_url`` where a server reaches it, if not there. ``tools_url`` and ``public_tools_url`` are the same
    of the door to the tools of projects; without the first there is none. ``secrets`` are the values of `SECRETS`, with
    a door that of `TOOLS_SECRET` too, or the folder where they are mounted. ``staff_entry``: as the service is set;
    without it the loops' token shares no server. Where the site has set ``JupyterHub.subdomain_host``, the door has an
    origin of its own below it, and nothing else has: portal and servers stay at the hub's.

    Raises:
        InvalidInput: the configuration has a service or a role by one of the platform's own names.
        NotFound: a secret is missing.
    """
    names = (*SECRETS, TOOLS_SECRET) if tools_url else SECRETS
    known = secrets if isinstance(secrets, Mapping) else read_secrets(Path(secrets), names)
    url, tools = service_url.rstrip("/"), tools_url.rstrip("/")
    c.JupyterHub.spawner_class = "maia-kubernetes"
    c.MaiaSpawner.service_url = f"{url}{PREFIX}"
    c.MaiaSpawner.public_service_url = (
        f"{public_service_url.rstrip('/')}{PREFIX}" if public_service_url else ""
    )
    c.MaiaSpawner.tools_url = f"{public_tools_url.rstrip('/') or tools}{TOOLS_PREFIX}" if tools else ""
    c.MaiaSpawner.spawner_token = known["spawner"]
    for name, seconds in REFLECTORS.items():
        if name not in c.ResourceReflector:
            c.ResourceReflector[name] = seconds
    ours = [*_services(url, known), *([_door(tools, known)] if tools else [])]
    c.JupyterHub.services = _added("services", _listed(c.JupyterHub, "services"), ours)
    c.JupyterHub.custom_scopes.update(CUSTOM_SCOPES)
    c.JupyterHub.load_roles = _with_roles(_listed(c.JupyterHub, "load_roles"), staff_entry)
    if c.JupyterHub.get("subdomain_host"):
        hub, reached = c.JupyterHub.subdomain_host, urlsplit(public_tools_url).hostname
        routes = {astray(hub, TOOLS_PREFIX), *([f"{reached}{TOOLS_PREFIX}/"] if reached else [])}
        set_apart(c, hub, dict.fromkeys(sorted(routes), tools) if tools else {})


def add_culler(c: Any, command: Sequence[str]) -> None:
    """Let the hub run a culler of idle servers beside it; call it after `setup`."""
    service: dict[str, object] = {"name": CULLER, "command": list(command), "display": False}
    role: dict[str, object] = {"name": CULLER, "scopes": list(CULLER_SCOPES), "services": [CULLER]}
    c.JupyterHub.services = _added("services", _listed(c.JupyterHub, "services"), [service])
    c.JupyterHub.load_roles = _added("load_roles", _listed(c.JupyterHub, "load_roles"), [role])


def read_secrets(folder: Path, names: Sequence[str] = SECRETS) -> dict[str, str]:
    """Read secrets, a file each; their values are never part of an error.

    Raises:
        NotFound: one is missing.
    """
    try:
        return {name: (folder / name).read_text(encoding="utf-8").strip() for name in names}
    except OSError as e:
        raise NotFound(
            "A secret cannot be read.",
            given=str(e.filename),
            allowed=list(names),
            advice="Mount the secret there.",
        ) from e


def _services(url: str, secrets: Mapping[str, str]) -> list[dict[str, object]]:
    return [
        {
            "name": SERVICE,
            "url": url,
            "api_token": secrets["service"],
            "oauth_client_id": f"service-{SERVICE}",
            "oauth_no_confirm": True,
            "timeout": 0,  # a hub that starts would wait half a minute for a service that starts beside it
        },
        {"name": CONTROLLER, "api_token": secrets["controller"], "display": False},
    ]


def _door(url: str, secrets: Mapping[str, str]) -> dict[str, object]:
    return {
        "name": TOOLS,
        "url": url,
        "api_token": secrets[TOOLS_SECRET],
        "oauth_client_id": f"service-{TOOLS}",
        "oauth_no_confirm": True,
        "display": False,  # it has no page of its own
        "timeout": 0,
    }


def _with_roles(there: list[dict[str, Any]], staff_entry: bool) -> list[dict[str, Any]]:
    """Add our scopes to the hub's two default roles, whoever defined them, and our own role."""
    ours = {str(role["name"]): role for role in roles(staff_entry=staff_entry)}
    for role in there:
        default = ours.pop(role["name"], None) if role["name"] in ("user", "server") else None
        if default is not None:
            role["scopes"] = list(dict.fromkeys([*role.get("scopes", []), *default["scopes"]]))  # type: ignore[misc]
    return _added("load_roles", there, list(ours.values()))


def _listed(section: Any, name: str) -> list[dict[str, Any]]:
    """Return copies of a list's items; one that nobody has set yet is a value that traitlets fills in later."""
    found = section.get(name, [])
    items = found.get_value([]) if hasattr(found, "get_value") else found
    return [dict(item) for item in items]


def _added(what: str, there: list[dict[str, Any]], ours: Sequence[dict[str, object]]) -> list[dict[str, Any]]:
    taken = sorted({str(item["name"]) for item in ours} & {str(item.get("name")) for item in there})
    if taken:
        raise InvalidInput(
            f"JupyterHub.{what} has already what the platform brings.",
            given=", ".join(taken),
            advice="Remove it from the hub's configuration, or call setup(c, …) once.",
        )
    return [*there, *ours]
