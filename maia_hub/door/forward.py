"""A request to a tool and its answer, both streamed: neither is ever held whole, and a slow end slows the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
from starlette.requests import Request
from starlette.types import Message, Receive, Send
from yarl import URL

from maia_hub.core.errors import MaiaError, Unavailable
from maia_hub.door import headers, leading, pages
from maia_hub.door.admitting import Visit, host_of
from maia_hub.door.context import Door
from maia_hub.door.document import Document
from maia_hub.door.standing import over
from maia_hub.tools.model import State

_NO_DEFAULTS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Gone(Exception):
    """One end has gone away, and there is nobody, or nothing whole, to be told."""


class Body:
    """What comes with a request, read as fast as the tool takes it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read = asyncio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield it; `Gone` if the browser goes away before its end."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Gone
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                self._read.set()
                return

    def none(self) -> None:
        """Say that there is none to be read."""
        self._read.set()

    async def gone(self) -> None:
        """Return when the browser has gone away after all of it was read."""
        await self._read.wait()
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return


class Answer:
    """What goes back, and whether anything of it has."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._endless = False
        self.begun = False

    async def __call__(self, message: Message) -> None:
        """Send a part."""
        if message["type"] == "http.response.start":
            self.begun = True
            kind = dict(message["headers"]).get(b"content-type", b"")
            self._endless = kind.startswith(b"text/event-stream")
        await self._send(message)

    async def cut(self) -> None:
        """End it: a stream of events as such streams do, all else so that it does not look whole."""
        if self._endless:
            await self._send({"type": "http.response.body", "body": b""})


async def forward(request: Request, receive: Receive, send: Send, visit: Visit, door: Door) -> None:
    """Answer a request with what the tool answers; both are cut when who asks may not be here any more.

    Raises:
        Unavailable: the tool does not answer, or not with HTTP.
        NotSignedIn, NotFound: her sign-in has ended, or her membership. All of these before anything was sent.
    """
    if not visit.tool.address:
        raise _dead(visit, None)
    body, answer = Body(receive), Answer(send)
    working = asyncio.create_task(_exchange(request, body, answer, visit, door))
    leaving = asyncio.create_task(body.gone())
    ending = asyncio.create_task(over(request, door, visit))
    try:
        await asyncio.wait({working, leaving, ending}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            with suppress(Gone):
                working.result()
        elif ending.done() and not answer.begun:
            raise ending.result()
    finally:
        for task in (working, leaving, ending):
            task.cancel()
        ended = await asyncio.gather(working, leaving, ending, return_exceptions=True)
    if isinstance(ended[-1], MaiaError):
        await answer.cut()


async def _exchange(request: Request, body: Body, send: Answer, visit: Visit, door: Door) -> None:
    document = Document.expected(request, visit, door)
    try:
        async with door.carrier.http.request(
            request.method,
            target(visit, request.url.query),
            headers=_asked(request, visit, door, plain=document is not None),
            data=_data(request, body),
            allow_redirects=False,
            skip_auto_headers=_NO_DEFAULTS,
        ) as answer:
            await _answered(request, answer, send, visit, door, document)
    except aiohttp.ClientError as e:
        if send.begun or _left(e):  # an answer that is cut off must not look like a whole one
            raise Gone from e
        raise _dead(visit, e) from e


def target(visit: Visit, query: str) -> URL:
    """Return where a tool is asked: the path as it was sent, for an encoded slash is another path than a plain one."""
    return URL(f"{visit.tool.address}{visit.path.rest or '/'}{f'?{query}' if query else ''}", encoded=True)


def _asked(request: Request, visit: Visit, door: Door, *, plain: bool) -> headers.Headers:
    passed = headers.to_tool(request.headers.raw, visit.tool.headers(visit.user))
    length = request.headers.get("content-length")
    scheme = request.headers.get("x-forwarded-proto", "http").split(",")[0].strip()
    told = headers.forwarded(host_of(request, door), scheme, f"{door.settings.prefix}{visit.path.below}")
    if plain:  # the door writes into it
        passed = [
            (name, value)
            for name, value in passed
            if name not in ("accept-encoding", "range", "if-none-match")
        ]
        told.append(("Accept-Encoding", "identity"))
    return [*passed, *told, *([("Content-Length", length)] if length and length != "0" else [])]


def _data(request: Request, body: Body) -> AsyncIterator[bytes] | None:
    if "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0":
        return body.chunks()
    body.none()
    return None


async def _answered(
    request: Request,
    answer: aiohttp.ClientResponse,
    send: Send,
    visit: Visit,
    door: Door,
    document: Document | None,
) -> None:
    if visit.lead is not None:
        leading.judge(answer.headers, visit.lead.share)
    elif answer.status == 401 and visit.tool.kind.signs_in:
        raise Unavailable(
            f"{visit.tool.title} does not let the platform in.",
            advice="Tell the administrator: its credentials in the platform's settings are not right.",
        )
    if document is not None and not document.fits(answer):
        document = None
    await send(_start(request, answer, visit, door, document))
    async for chunk in answer.content.iter_any():
        for part in document.pieces(chunk) if document else (chunk,):
            await send({"type": "http.response.body", "body": part, "more_body": True})
    rest = document.rest() if document else b""
    await send({"type": "http.response.body", "body": rest})


def _start(
    request: Request, answer: aiohttp.ClientResponse, visit: Visit, door: Door, document: Document | None
) -> Message:
    host, prefix = host_of(request, door), f"{door.settings.prefix}{visit.path.below}"
    back = [
        (name, headers.rewritten(value, visit.tool.address, prefix, host))
        if name in ("location", "content-location")
        else (name, value)
        for name, value in headers.from_tool(answer.headers.items())
    ]
    if document is not None:
        back = document.headers(back)
    back += pages.policy(visit.tool, door.ancestors)
    back += pages.readable(request.headers.get("origin"), visit.via)
    coded = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in back]
    return {"type": "http.response.start", "status": answer.status, "headers": coded}


def _left(error: aiohttp.ClientError) -> bool:
    """Tell whether a request failed because its own body ended too early."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Gone):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _dead(visit: Visit, error: aiohttp.ClientError | None) -> Unavailable:
    """Say since when a tool does not answer, and why."""
    if visit.lead is not None:
        return leading.away(visit.lead.share)
    status = visit.source.status(visit.tool)
    since = f"{status.since:%Y-%m-%d %H:%M:%S} UTC"
    known = (
        "" if status.state is State.READY else f" It is {status.state.value} since {since}. {status.reason}"
    )
    return Unavailable(
        f"{visit.tool.title} does not answer now.{known}".strip(),
        given=type(error).__name__ if error else None,
        advice="Try again in a moment; the panel “Project” in JupyterLab starts it and shows its log.",
    )
