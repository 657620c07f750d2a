"""Waiting for what is async, from code that is not: in a notebook, where a loop runs already, too."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Loop:
    """An event loop in a thread of its own; it ends when it is closed, or with the process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="maia-imaging", daemon=True)
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what comes of something; an interrupt (Ctrl-C, a kernel's *stop*) cancels it, and waits for that."""
        ended = threading.Event()
        running = asyncio.run_coroutine_threadsafe(_announced(work, ended), self._loop)
        try:
            return running.result()
        except BaseException:
            running.cancel()
            ended.wait()
            raise

    def close(self) -> None:
        """End the loop."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


async def _announced(work: Coroutine[Any, Any, T], ended: threading.Event) -> T:
    """Do something, and say when it is over, whichever way."""
    try:
        return await work
    finally:
        ended.set()
