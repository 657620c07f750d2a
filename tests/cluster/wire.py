"""A wire to the API server that can be cut, or go silent, without anything happening to the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import yaml


class Wire:
    """A proxy for bytes between this machine and the API server."""

    def __init__(self, host: str, port: int) -> None:
        self._there = host, port
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._whole = True
        self._flows = asyncio.Event()
        self._flows.set()

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._whole = False
        for writer in self._writers:
            writer.close()

    def freeze(self) -> None:
        """Keep the connections and pass nothing on."""
        self._flows.clear()

    def mend(self) -> None:
        """Let everything through again."""
        self._whole = True
        self._flows.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.close()
            return
        to_reader, to_writer = await asyncio.open_connection(*self._there)
        self._writers |= {writer, to_writer}
        tasks = {
            asyncio.create_task(self._pass_on(reader, to_writer)),
            asyncio.create_task(self._pass_on(to_reader, writer)),
        }
        self._tasks |= tasks
        await asyncio.wait(tasks)
        self._tasks -= tasks
        self._writers -= {writer, to_writer}

    async def close(self) -> None:
        writers = list(self._writers)
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()  # what a frozen wire still holds will never be read
        await asyncio.sleep(0)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def wired(kubeconfig: Path, folder: Path) -> AsyncIterator[tuple[Wire, Path]]:
    """Yield a wire and a kubeconfig that goes through it."""
    settings = yaml.safe_load(kubeconfig.read_text())
    cluster = settings["clusters"][0]["cluster"]
    there = urlsplit(cluster["server"])
    wire = Wire(str(there.hostname), there.port or 443)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    cluster |= {"server": f"https://127.0.0.1:{port}", "tls-server-name": there.hostname}
    through = folder / "kubeconfig"
    through.write_text(yaml.safe_dump(settings))
    try:
        yield wire, through
    finally:
        await wire.close()
        server.close()
        await server.wait_closed()
