"""Which headers pass, in both directions, and which never do."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

from maia_hub.door.keys import HEADER as PAGE_KEY

Headers = list[tuple[str, str]]

_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_OF_PEOPLE = frozenset(
    ("authorization", "cookie", "cookie2", "x-xsrftoken", "x-csrftoken", "x-csrf-token", PAGE_KEY)
)
"""What people and the hub know each other by."""
_REMADE = frozenset(
    ("host", "content-length", "expect", "origin", "referer", "forwarded", "x-real-ip", "x-scheme", "via")
)
_REMADE_FAMILIES = ("x-forwarded-", "sec-fetch-", "sec-websocket-", "access-control-request-")
_NEVER_BACK = frozenset(
    (
        "set-cookie",
        "set-cookie2",
        "www-authenticate",
        "content-security-policy",
        "content-security-policy-report-only",
        "x-frame-options",
        "cross-origin-opener-policy",
        "cross-origin-embedder-policy",
        "cross-origin-resource-policy",
        "clear-site-data",
        "service-worker-allowed",
        "strict-transport-security",
        "alt-svc",
        "refresh",
        "server",
        "report-to",
        "reporting-endpoints",
        "nel",
        "referrer-policy",
        "x-content-type-options",
        "x-maia-word",
    )
)
"""What would act on the whole of the platform's origin, or is for the door to say."""


def to_tool(headers: Iterable[tuple[bytes, bytes]], signs_in: dict[str, str]) -> Headers:
    """Return what a tool gets of a request's headers, and what signs it in there."""
    given = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
    dropped = _HOP | _OF_PEOPLE | _REMADE | _named(given) | {name.lower() for name in signs_in}
    kept = [
        (name, value)
        for name, value in given
        if name not in dropped and not name.startswith(_REMADE_FAMILIES)
    ]
    return [*kept, *signs_in.items()]


def forwarded(host: str, scheme: str, prefix: str) -> Headers:
    """Return what tells a tool by which address it is reached."""
    said = [("X-Forwarded-Proto", scheme), ("X-Forwarded-Prefix", prefix)]
    if host and '"' not in host:
        said += [("X-Forwarded-Host", host), ("Forwarded", f'host="{host}";proto={scheme}')]
    return said


def from_tool(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return what a browser gets of an answer's headers; where it leads elsewhere is another question."""
    given = [(name.lower(), value) for name, value in headers]
    dropped = _HOP | _NEVER_BACK | _named(given)
    return [
        (name, value)
        for name, value in given
        if name not in dropped and not name.startswith("access-control-")
    ]


def _named(headers: Headers) -> frozenset[str]:
    """Return the headers that ``Connection`` says are for the next hop alone."""
    return frozenset(
        each.strip().lower() for name, value in headers if name == "connection" for each in value.split(",")
    )


def rewritten(location: str, address: str, prefix: str, host: str) -> str:
    """Return where a tool leads, as a path behind the door if that is within the tool.

    ``address`` is the tool's own, ``prefix`` its path behind the door, both without a slash at the end; ``host`` is the
    platform's.
    """
    try:
        parts, own = urlsplit(location), urlsplit(address)
        elsewhere = bool(parts.netloc) and parts.netloc not in (own.netloc, host)
    except ValueError:
        return f"{prefix}/"
    if elsewhere or (not parts.netloc and not parts.path.startswith("/")):
        return location
    inside = parts.path == own.path or parts.path.startswith(f"{own.path}/")
    if inside:
        return urlunsplit(("", "", prefix + parts.path[len(own.path) :], parts.query, parts.fragment))
    if parts.path.startswith(f"{prefix}/"):
        return urlunsplit(("", "", parts.path, parts.query, parts.fragment))
    return f"{prefix}/"
