"""From which address a request comes, through the site's own proxies."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers
from starlette.requests import Request


def address_of(request: Request, proxies: int) -> str:
    """Return the address that the outermost of the site's proxies saw; of IPv6 the network, for one host has it all."""
    peer = request.client.host if request.client else ""
    said = _forwarded(request.headers) if proxies else []
    return _network(said[-min(proxies, len(said))] if said else peer)


def _forwarded(headers: Headers) -> list[str]:
    return [each.strip() for line in headers.getlist("x-forwarded-for") for each in line.split(",")]


def _network(address: str) -> str:
    try:
        return str(ip_network((address, 64), strict=False)) if ip_address(address).version == 6 else address
    except ValueError:
        return address[:64]
