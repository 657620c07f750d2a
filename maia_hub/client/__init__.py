"""The typed HTTP client of the service, sync and async, and the shapes that travel.

What may be here: the shapes of the REST API, the table of its calls, what both clients and the magics and the
commands share. What never may: decisions; those are the service's.
"""

from maia_hub.client.asynchronous import AsyncClient
from maia_hub.client.stream import StreamEvent
from maia_hub.client.sync import Client

__all__ = ["AsyncClient", "Client", "StreamEvent"]
