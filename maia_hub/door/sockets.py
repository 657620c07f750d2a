"""WebSockets to a tool, message by message in both directions; each direction waits for the other end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import aiohttp
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from maia_hub.core.errors import MaiaError
from maia_hub.door import headers
from maia_hub.door.admitting import PROTOCOL, Visit, admitted, host_of
from maia_hub.door.context import Door
from maia_hub.door.forward import target
from maia_hub.door.paths import ToolPath
from maia_hub.door.server import LARGEST_MESSAGE
from maia_hub.door.standing import over
from maia_hub.service.problems import status_of

_GOING_AWAY = 1001
_FAILED = 1011
_NOT_ALLOWED = 1008
_LONGEST_REASON = 40
"""Characters; a closing message has 123 bytes."""
_UNSAID = (1005, 1006, 1015)
"""Codes that stand for none, and may not be sent."""


async def forward_socket(scope: Scope, receive: Receive, send: Send, door: Door, path: ToolPath) -> None:
    """Connect a browser or a program with a tool; who may not is refused before anything is opened."""
    socket = WebSocket(scope, receive, send)
    try:
        visit = await admitted(HTTPConnection(scope), door, path)
    except MaiaError as e:
        await socket.send_denial_response(_denied(status_of(e), e.message))
        return
    if not visit.tool.address:
        await socket.send_denial_response(_denied(503, f"{visit.tool.title} does not run."))
        return
    wanted = [each for each in scope.get("subprotocols", ()) if not each.startswith(PROTOCOL)]
    try:
        async with door.carrier.http.ws_connect(
            target(visit, HTTPConnection(scope).url.query),
            headers=_asked(socket, visit, door),
            protocols=wanted,
            max_msg_size=LARGEST_MESSAGE,
            autoclose=False,
        ) as tool:
            shown = PROTOCOL if PROTOCOL in scope.get("subprotocols", ()) else None
            await socket.accept(subprotocol=tool.protocol or shown)
            await _between(socket, tool, _ending(socket, visit, door))
    except aiohttp.ClientError as e:
        if socket.application_state.name == "CONNECTING":
            status = e.status if isinstance(e, aiohttp.WSServerHandshakeError) and e.status >= 400 else 503
            await socket.send_denial_response(_denied(status, f"{visit.tool.title} does not answer."))


def _denied(status: int, said: str) -> Response:
    return PlainTextResponse(said, status if status != 401 else 403)  # a 401 would ask for a password


def _asked(socket: WebSocket, visit: Visit, door: Door) -> headers.Headers:
    scheme = socket.headers.get("x-forwarded-proto", "http").split(",")[0].strip()
    prefix = f"{door.settings.prefix}{visit.path.below}"
    told = headers.forwarded(host_of(socket, door), scheme, prefix)
    return [*headers.to_tool(socket.headers.raw, visit.tool.headers(visit.user)), *told]


async def _between(
    socket: WebSocket, tool: aiohttp.ClientWebSocketResponse[bool], ending: Coroutine[None, None, None]
) -> None:
    """Carry messages until one end closes, and close the other with the same code; or until ``ending`` returns."""
    ways = (_to_tool(socket, tool), _from_tool(tool, socket), ending)
    tasks = {asyncio.create_task(way) for way in ways}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await tool.close()


async def _ending(socket: WebSocket, visit: Visit, door: Door) -> None:
    """Close the browser's end when her sign-in ends, or her membership."""
    why = await over(socket, door, visit)
    await socket.close(code=_NOT_ALLOWED, reason=why.message[:_LONGEST_REASON])


async def _to_tool(socket: WebSocket, tool: aiohttp.ClientWebSocketResponse[bool]) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            code = message.get("code") or 1000
            await tool.close(code=1000 if code in _UNSAID else code)
            return
        if message.get("text") is not None:
            await tool.send_str(message["text"])
        else:
            await tool.send_bytes(message.get("bytes") or b"")


async def _from_tool(tool: aiohttp.ClientWebSocketResponse[bool], socket: WebSocket) -> None:
    while True:
        message = await tool.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            await socket.send_text(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await socket.send_bytes(message.data)
        else:
            break
    said = message.type is aiohttp.WSMsgType.CLOSE
    code = message.data if said else tool.close_code or _FAILED
    reason = str(message.extra or "") if said else ""
    await socket.close(code=_GOING_AWAY if code in _UNSAID else code, reason=reason)
