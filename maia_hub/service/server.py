"""Running the app under uvicorn, streams and all."""

from __future__ import annotations

import gc
import socket
import sys

import uvicorn
from fastapi import FastAPI

from maia_hub.service.context import Context

_GRACE = 2
"""Seconds that requests get to finish when the server is told to stop."""

_TURN = 0.0005
"""Seconds that a thread may keep the interpreter while others want it. Whoever writes waits for it after each word with
the database, and all who write after her wait, too: with Python's own 5 ms that adds up to more than the work."""


class Server(uvicorn.Server):
    """A uvicorn that ends the event streams first: it would wait for them otherwise."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        sys.setswitchinterval(_TURN)
        gc.collect()
        gc.freeze()  # the program itself, 200,000 objects, would be looked through for a tenth of a second now and then
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        app = self.config.app
        assert isinstance(app, FastAPI)
        context: Context = app.state.context
        context.streams.close()
        await super().shutdown(sockets)


def make_server(app: FastAPI, host: str, port: int) -> Server:
    """Return a server for the app; its logs go where the process' own go, and no query string into any."""
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
            lifespan="on",
        )
    )
