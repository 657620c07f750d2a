"""The origins of a hub with a ``subdomain_host``: one of its own for the door to the tools, the hub's for all else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from maia_hub.hub.roles import SERVICE, TOOLS

SubdomainHost = Annotated[str, Field(pattern=r"^(https?://([A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*(:\d+)?)?$")]
"""JupyterHub's ``subdomain_host``, or nothing.

It has a dot: to browsers ``localhost`` and what is below it are two sites, and a frame of the other gets no cookie.
"""
_LABEL = f"{TOOLS}--service"  # as JupyterHub itself calls a service's


def door_origin(hub: str) -> str:
    """Return the door's origin beside the hub's, which is ``subdomain_host``."""
    scheme, _, host = hub.partition("://")
    return f"{scheme}://{_LABEL}.{host}"


def astray(hub: str, path: str) -> str:
    """Return the route by which a link that names the hub's origin, which is ``subdomain_host``, comes to the door.

    The door sends it on to its own; nothing of a tool is at the hub's.
    """
    return f"{urlsplit(hub).hostname}{path}/"


def domain_of(name: str, domain: str, kind: str) -> str:
    """Return the host of a user's servers or of a service, as JupyterHub's ``subdomain_hook``.

    The pages of servers and portal ask each other, so they stay together.
    """
    return f"{_LABEL}.{domain}" if (kind, name) == ("service", TOOLS) else domain


def set_apart(c: Any, hub: str, reached: Mapping[str, str]) -> None:
    """Give the door an origin of its own in a hub's configuration object ``c``.

    A proxy that looks at hosts leads elsewhere what does not name the hub's: ``reached`` are the paths of services by
    the other hosts at which programs reach it (``HOST/PATH/``), and that of `astray`, each with where it leads.
    Workspaces are told the door's origin: their own pages cannot ask there.
    """
    c.JupyterHub.subdomain_host = hub
    c.JupyterHub.subdomain_hook = domain_of
    c.BookedSpawner.tools_origin = door_origin(hub)
    c.Proxy.extra_routes = {**c.Proxy.get("extra_routes", {}), **reached}
    for service in c.JupyterHub.services:
        if service["name"] == SERVICE:
            service["oauth_redirect_uri"] = f"/services/{SERVICE}/oauth_callback"
