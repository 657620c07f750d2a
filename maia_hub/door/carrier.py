"""The connections to the tools."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

CONNECT_WITHIN = 5.0
_LONGEST_HEADER = 65_536
_UNDER_WAY = 2**20
"""Bytes of an answer that wait here for who reads it; with 64 KiB each read waits for its write, at half the speed."""


class Carrier:
    """Reaches tools while it is `running`."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    @property
    def http(self) -> aiohttp.ClientSession:
        """What asks: without cookies, with bytes as they come, and without an end to patience."""
        if self._session is None:
            raise RuntimeError("the door is not open")
        return self._session

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep connections as long as this lasts."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=_UNDER_WAY,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_WITHIN),
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        ) as self._session:
            yield
