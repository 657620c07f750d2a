"""Reviews as the API server sends them, at a given rate over a few TLS connections, and how long each took."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Call:
    """One review: its path, its body, and a part of the answer that says it was answered as it should be."""

    path: str
    body: bytes
    expected: bytes


class Caller:
    """A few connections that stay open, each used for one review at a time."""

    def __init__(self, url: str, context: ssl.SSLContext, connections: int) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 443
        self._context = context
        self._connections = connections
        self.wrong: list[bytes] = []

    async def at_rate(self, calls: Sequence[Call], rate: float) -> list[float]:
        """Send reviews at fixed moments, whatever has been answered; return each one's seconds from its moment."""
        queue: asyncio.Queue[tuple[float, Call] | None] = asyncio.Queue()
        begin = time.perf_counter() + 0.2
        workers = [asyncio.create_task(self._work(queue)) for _ in range(self._connections)]
        loop = asyncio.get_running_loop()

        def put() -> None:
            for number, call in enumerate(calls):
                moment = begin + number / rate
                time.sleep(max(0.0, moment - time.perf_counter()))
                loop.call_soon_threadsafe(queue.put_nowait, (moment, call))

        await loop.run_in_executor(None, put)  # the loop's own clock ticks in milliseconds, and is late
        for _ in workers:
            queue.put_nowait(None)
        return [each for done in await asyncio.gather(*workers) for each in done]

    async def at_once(self, calls: Sequence[Call]) -> float:
        """Send reviews as fast as they are answered; return how many a second that were."""
        queue: asyncio.Queue[tuple[float, Call] | None] = asyncio.Queue()
        for call in calls:
            queue.put_nowait((0.0, call))
        for _ in range(self._connections):
            queue.put_nowait(None)
        begin = time.perf_counter()
        await asyncio.gather(*(self._work(queue) for _ in range(self._connections)))
        return len(calls) / (time.perf_counter() - begin)

    async def _work(self, queue: asyncio.Queue[tuple[float, Call] | None]) -> list[float]:
        reader, writer = await asyncio.open_connection(self._host, self._port, ssl=self._context)
        took = []
        while (entry := await queue.get()) is not None:
            moment, call = entry
            writer.write(self._request(call))
            answer = await _answer(reader)
            took.append(time.perf_counter() - moment)
            if call.expected not in answer:
                self.wrong.append(answer)
        writer.close()
        return took

    def _request(self, call: Call) -> bytes:
        head = f"POST {call.path}?timeout=2s HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(call.body)}\r\n\r\n".encode() + call.body


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    return await reader.readexactly(length)
