"""Waiting in tests for what other tasks, threads and processes bring about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


async def until(condition: Callable[[], Any], what: str = "what is waited for", seconds: float = 180) -> None:
    """Wait until something holds; `AssertionError` with the words for it if it does not within so many seconds."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{what} did not come about within {seconds} s")
