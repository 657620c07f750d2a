"""The typed HTTP client of the service, sync and async, and the shapes that travel.

What may be here: the shapes of the REST API, the table of its calls, what both clients and the magics and the
commands share. What never may: decisions; those are the service's. The clients are imported when first named,
so that a kernel that only reads a duration loads no HTTP library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maia_hub.client.asynchronous import AsyncClient
    from maia_hub.client.stream import StreamEvent
    from maia_hub.client.sync import Client

__all__ = ["AsyncClient", "Client", "StreamEvent"]

_HOMES = {"AsyncClient": "asynchronous", "Client": "sync", "StreamEvent": "stream"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
