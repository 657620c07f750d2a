"""Running the door under uvicorn."""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI

_GRACE = 3
"""Seconds that what is under way gets when the door is told to stop; an upload of hours would hold it up otherwise."""
LARGEST_MESSAGE = 2**30
"""Bytes of one WebSocket message, which is held whole; stock proxies end at 10 MiB."""


def make_server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """Return a server for the door; its logs go where the process' own go, and no query string into any."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=LARGEST_MESSAGE,
            ws_per_message_deflate=False,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
            lifespan="on",
        )
    )
