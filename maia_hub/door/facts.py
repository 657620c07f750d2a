"""What cards show of tools besides how they fare: asked of the tools, seldom, and only while somebody looks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import structlog

from maia_hub.door.news import News
from maia_hub.tools.model import Tool

EVERY = 15.0
"""Seconds for which what was told counts."""
_PATIENCE = 10.0
_log = structlog.get_logger("maia.door.facts")


class Facts:
    """Remembers what each tool told last, and asks again when somebody wants to know and that is old."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._told: dict[tuple[str, str], dict[str, Any] | None] = {}
        self._asked: dict[tuple[str, str], float] = {}
        self._asking: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let questions end with this."""
        try:
            yield
        finally:
            for task in self._asking:
                task.cancel()
            await asyncio.gather(*self._asking, return_exceptions=True)

    def of(self, tool: Tool) -> dict[str, Any] | None:
        """Return what a tool told last; None before it has."""
        key, now = (tool.project, tool.name), time.monotonic()
        if tool.kind.fact is not None and now - self._asked.get(key, -EVERY) >= EVERY:
            self._asked[key] = now
            task = asyncio.get_running_loop().create_task(self._ask(tool))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        return self._told.get(key)

    async def _ask(self, tool: Tool) -> None:
        assert tool.kind.fact is not None
        key = (tool.project, tool.name)
        try:
            async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False, headers=tool.headers()) as http:
                found = await tool.kind.fact(tool, http)
        except Exception as e:  # whatever a tool answers, its card is shown
            _log.warning("fact", project=tool.project, tool=tool.name, error=type(e).__name__)
            return
        told = None if found is None else dict(found)
        if told != self._told.get(key):
            self._told[key] = told
            self._news.tell()
