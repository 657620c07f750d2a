"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a request that is sent again is not done again.

Not every change can bear a key. An answer that holds a secret is shown once and not kept; a wrong code counts although
it is refused; and what is set to a value is set to it however often it is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from inspect import Parameter, signature
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from maia_hub.client import models as m
from maia_hub.core.ids import UserName
from maia_hub.desk import Answer, Desk, Keyed
from maia_hub.service.context import asking, context_of, now_of

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_SPAWNER = UserName("")
"""Whose keys the spawner's are: no user's."""
_NO_MORE: Mapping[str, str] = MappingProxyType({})

Key = Annotated[
    str | None,
    Header(
        alias=HEADER,
        pattern=r'^("[!#-~]{1,200}"|[!#-~]{1,200})$',
        description="made up for this request alone; whoever sends it again with the same key gets the same answer, "
        "and nothing is done twice",
    ),
]


@dataclass(frozen=True)
class Once:
    """One request; ``keyed`` if it bears a key."""

    desk: Desk
    now: datetime
    kept: timedelta
    status: int
    keyed: Keyed | None

    def answer(self, act: Callable[[], BaseModel | Response], *, books: bool = False) -> Response:
        """Return what ``act`` answers, or did; ``books`` as in `Desk.once`."""
        if self.keyed is None:
            return _sent(self._kept(act()))
        answer, again = self.desk.once(
            self.keyed, self.now, self.kept, lambda: self._kept(act()), books=books
        )
        return _sent(answer, {REPLAYED: "true"} if again else {})

    def _kept(self, result: BaseModel | Response) -> Answer:
        if isinstance(result, Response):
            return Answer(result.status_code, bytes(result.body).decode())
        headers = {"ETag": result.etag} if isinstance(result, m.BookingModel | m.ClassModel) else {}
        return Answer(self.status, result.model_dump_json(), headers)


def _sent(answer: Answer, more: Mapping[str, str] = _NO_MORE) -> Response:
    media_type = "application/json" if answer.content else None
    return Response(answer.content or None, answer.status, {**answer.headers, **more}, media_type)


async def _of_person(request: Request, key: Key = None) -> Once:
    return await _once(request, UserName((await asking(request)).user), key)


async def _of_spawner(request: Request, key: Key = None) -> Once:
    return await _once(request, _SPAWNER, key)


async def _once(request: Request, user: UserName, key: str | None) -> Once:
    context, now = context_of(request), await now_of(request)
    keyed = None if key is None else Keyed(user, key.strip('"'), await _digest(request))
    status = request.scope["route"].status_code or 200
    return Once(context.desk, now, context.settings.answers_kept, status, keyed)


async def _digest(request: Request) -> str:
    """Return what tells this request from another one: all that it asks for."""
    said = (request.method, request.url.path, request.url.query)
    return hashlib.sha256("\n".join(said).encode() + b"\n" + await request.body()).hexdigest()


def once(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Let what a route does for a user bear a key."""
    return _with(endpoint, _of_person)


def once_booked(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Let a route that makes a booking, and little else, bear a key."""
    return _with(endpoint, _of_person, books=True)


def once_of_spawner(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Let what a route does for the spawner bear a key."""
    return _with(endpoint, _of_spawner)


def _with(
    endpoint: Callable[..., Any], dependency: Callable[..., Any], *, books: bool = False
) -> Callable[..., Any]:
    told = signature(endpoint, eval_str=True)

    @wraps(endpoint)
    def answer(once: Once, **values: Any) -> Any:
        return once.answer(lambda: endpoint(**values), books=books)

    added = Parameter("once", Parameter.KEYWORD_ONLY, annotation=Annotated[Once, Depends(dependency)])
    answer.__signature__ = told.replace(parameters=[*told.parameters.values(), added])  # type: ignore[attr-defined]
    return answer
