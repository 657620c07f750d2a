"""A stretch of network between a client and a server on the loopback: it can be long, and it can break."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_CHUNK = 1 << 18
_IN_FLIGHT = 1 << 26  # bytes on their way in one direction: as wide as the kernel's largest windows


class Proxy:
    """Passes on what comes to `port` of `host`, each byte `delay` seconds later; everything happens in `loop`."""

    def __init__(self, target: int, *, delay: float = 0.0, host: str = "127.0.0.1") -> None:
        self._target = target
        self._host = host
        self._delay = delay
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._left: int | None = None
        self._unanswered = b""
        self._asked = False
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.port = 0
        self.passed = 0
        """Bytes that went through, both ways."""
        self.connections = 0

    async def open(self) -> Proxy:
        """Listen."""
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._joined, self._host, 0, limit=_CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        """End all."""
        assert self._server is not None
        self._server.close()
        self._abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break all connections, as a cable that is pulled out and put in again; from any thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        self._left = None
        for writer in list(self._writers):
            writer.transport.abort()

    def cut_after(self, count: int) -> None:
        """Break all connections when `count` more bytes have passed, both ways together; new ones hold."""
        self._left = count

    def lose_answer(self, request: bytes) -> None:
        """Break all connections in place of the answer to the next request that begins so, which arrives whole."""
        self._unanswered, self._asked = request, False

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        writers = {writer}
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target, limit=_CHUNK)
            writers |= {far_writer}
            self._writers |= writers
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer, back=True))
        except OSError:
            writer.transport.abort()
        finally:
            self._writers -= writers
            for each in writers:
                each.close()
                with contextlib.suppress(OSError):
                    await each.wait_closed()

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, back: bool = False
    ) -> None:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_IN_FLIGHT // _CHUNK)
        deliver = asyncio.create_task(self._deliver(queue, sink))
        try:
            while data := await source.read(_CHUNK):
                if self._loses(data, back):
                    self._abort()
                await queue.put((loop.time() + self._delay, data))
            await queue.put((loop.time() + self._delay, b""))
            await deliver
        except OSError:
            sink.transport.abort()
        finally:
            deliver.cancel()

    async def _deliver(self, queue: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while True:
                due, data = await queue.get()
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                if not data:
                    sink.write_eof()
                    return
                sink.write(self._counted(data))
                await sink.drain()
                if self._left == 0:
                    self._abort()

    def _loses(self, data: bytes, back: bool) -> bool:
        """Say whether this is the answer that is not to arrive."""
        if not self._unanswered:
            return False
        if not back:
            self._asked = self._asked or data.startswith(self._unanswered)
            return False
        if self._asked:
            self._unanswered = b""
        return self._asked

    def _counted(self, data: bytes) -> bytes:
        """Return what still gets through."""
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        self.passed += len(data)
        return data


@contextmanager
def between(target: int, *, delay: float = 0.0, host: str = "127.0.0.1") -> Iterator[Proxy]:
    """Run a proxy to a port in a thread of its own, which is at `host`; `delay` is half of a round trip."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    proxy = Proxy(target, delay=delay, host=host)
    asyncio.run_coroutine_threadsafe(proxy.open(), loop).result(10)
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(proxy.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stand_alone(target: int, delay: float) -> None:
    proxy = await Proxy(target, delay=delay).open()
    print(proxy.port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_stand_alone(int(sys.argv[1]), float(sys.argv[2])))
