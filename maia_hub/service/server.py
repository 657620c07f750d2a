"""Running the app under uvicorn, streams and all."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from maia_hub.service.context import Context

_GRACE = 2
"""Seconds that requests get to finish when the server is told to stop."""


class Server(uvicorn.Server):
    """A uvicorn that ends the event streams first: it would wait for them otherwise."""

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
