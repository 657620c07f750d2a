"""A tool for tests: a real HTTP server that says what reached it, streams, and takes any upload."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from pathlib import Path

from aiohttp import WSMsgType, web

from tests.ports import free_port

CHUNK = b"\xa5" * 65536


class ToolServer:
    """It runs in a thread of its own; ``gone`` counts the requests whose other end went away, ``begun`` the uploads."""

    def __init__(self) -> None:
        self.port = free_port()
        self.gone = 0
        self.begun = 0
        self.seen: list[dict[str, object]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        """Stop it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(self._app(), handler_cancellation=True)
        self._loop.run_until_complete(runner.setup())
        self._loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", self.port).start())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=2**40)
        app.router.add_get("/health", _healthy)
        app.router.add_get("/bytes/{count}", self._bytes)
        app.router.add_get("/events", self._events)
        app.router.add_get("/cut", _cut)
        app.router.add_get("/socket", self._socket)
        app.router.add_get("/page", _page)
        app.router.add_get("/frame", _frame)
        app.router.add_get("/live", _live)
        app.router.add_get("/ticks", _ticks)
        app.router.add_get("/static/app.js", _script)
        app.router.add_get("/static/worker.js", _worker)
        app.router.add_get("/picture", _picture)
        app.router.add_route("*", "/move", _move)
        app.router.add_route("*", "/upload", self._upload)
        app.router.add_route("*", "/{path:.*}", self._echo)
        return app

    async def _echo(self, request: web.Request) -> web.Response:
        said: dict[str, object] = {
            "method": request.method,
            "path": request.raw_path,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body": (await request.read()).decode(errors="replace"),
        }
        self.seen.append(said)
        answer = web.json_response(said, status=int(request.query.get("status", "200")))
        answer.headers["Set-Cookie"] = "tool=1; Path=/"
        return answer

    async def _upload(self, request: web.Request) -> web.Response:
        self.begun += 1
        digest, length = hashlib.sha256(), 0
        try:
            async for chunk in request.content.iter_any():
                digest.update(chunk)
                length += len(chunk)
        except BaseException:
            self.gone += 1
            raise
        return web.json_response({"length": length, "sha256": digest.hexdigest()})

    async def _bytes(self, request: web.Request) -> web.StreamResponse:
        left = int(request.match_info["count"])
        answer = web.StreamResponse()
        if "chunked" not in request.query:
            answer.content_length = left
        await answer.prepare(request)
        try:
            while left and request.method != "HEAD":
                await answer.write(CHUNK[:left])
                left -= min(left, len(CHUNK))
        except BaseException:
            self.gone += 1
            raise
        await answer.write_eof()
        return answer

    async def _events(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        try:
            for number in range(10_000):
                await answer.write(f"data: {number}\n\n".encode())
                await asyncio.sleep(0.1)
        except BaseException:
            self.gone += 1
            raise
        return answer

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0, protocols=("chat",))
        await socket.prepare(request)
        await socket.send_str(json.dumps({name.lower(): value for name, value in request.headers.items()}))
        async for message in socket:
            if message.type is WSMsgType.TEXT and message.data == "end":
                await socket.close(code=4321, message=b"as asked")
            elif message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await socket.send_bytes(message.data)
        return socket


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _script(_: web.Request) -> web.Response:
    return web.Response(text="window.loaded = 1", content_type="text/javascript")


async def _worker(_: web.Request) -> web.Response:
    return web.Response(text="postMessage('at work')", content_type="text/javascript")


async def _picture(request: web.Request) -> web.Response:
    text = "<svg xmlns='http://www.w3.org/2000/svg' width='7' height='7'/>"
    status = int(request.query.get("status", "200"))
    return web.Response(text=text, content_type="image/svg+xml", status=status)


async def _page(_: web.Request) -> web.Response:
    text = "<!doctype html><html><head><title>Tool</title></head><body><p id=out>page</p></body></html>"
    return web.Response(text=text, content_type="text/html")


async def _frame(request: web.Request) -> web.Response:
    """Show an address in a frame, as JupyterLab's tabs do."""
    may, shown = "allow-scripts allow-forms allow-popups allow-downloads allow-modals", request.query["of"]
    text = f"<!doctype html><iframe title=tool width=900 height=500 sandbox='{may}' src='{shown}'></iframe>"
    return web.Response(text=text, content_type="text/html")


async def _live(_: web.Request) -> web.Response:
    return web.Response(text=Path(__file__).with_name("live.html").read_text(), content_type="text/html")


async def _ticks(request: web.Request) -> web.StreamResponse:
    """Send two events, the end of a line cut in two, and end; whoever comes back is told from where she goes on."""
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await answer.prepare(request)
    last = int(request.headers.get("Last-Event-ID", "0"))
    for part in (f": hello\r\nid: {last + 1}\r", "\ndata: a\r", "\ndata: b\r\n\r", "\n"):
        await answer.write(part.encode())
        await asyncio.sleep(0.05)
    await answer.write(f"event: tick\nid: {last + 2}\ndata: ö\n\n".encode())
    return answer


async def _cut(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    await answer.write(CHUNK)
    assert request.transport is not None
    request.transport.abort()
    return answer


async def _move(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": request.query["to"]})
