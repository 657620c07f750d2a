"""The review as a web application: two addresses for the API server, one for whoever watches over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from pydantic import ValidationError
from pydantic_core import from_json
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from maia_hub.admission.review import Reviewer
from maia_hub.admission.reviews import Json, Request, Review
from maia_hub.core.errors import faults
from maia_hub.store import postgresql

_LARGEST = 8 * 2**20
"""Bytes: the API server takes objects of 3 MiB at the most, and a review has some words around one."""
_AT_ONCE = postgresql.MOST
"""Reviews at the same time: each has a connection to the database of its own."""


class _Wrong(Exception):
    """What came is no review; the words say why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def create_app(reviewer: Reviewer) -> Starlette:
    """Return the application; anything that is no review is answered with a 4xx."""
    threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="review")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        threads.shutdown(wait=False, cancel_futures=True)

    async def answer(http: HttpRequest, review: Callable[[Request, Json], Json]) -> Response:
        raw, request = _read(await _body(http))
        loop = asyncio.get_running_loop()
        return JSONResponse(await loop.run_in_executor(threads, review, request, raw))

    async def mutate(http: HttpRequest) -> Response:
        return await answer(http, reviewer.mutate)

    async def validate(http: HttpRequest) -> Response:
        return await answer(http, lambda request, _: reviewer.validate(request))

    async def health(_: HttpRequest) -> Response:
        return PlainTextResponse("ok")

    async def refuse(_: HttpRequest, error: Exception) -> Response:
        return PlainTextResponse(str(error), error.status if isinstance(error, _Wrong) else 400)

    return Starlette(
        routes=[
            Route("/mutate", mutate, methods=["POST"]),
            Route("/validate", validate, methods=["POST"]),
            Route("/health", health),
        ],
        exception_handlers={_Wrong: refuse},
        lifespan=lifespan,
    )


async def _body(http: HttpRequest) -> bytes:
    kind = http.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/json":
        raise _Wrong(415, "A review is sent as application/json.")
    parts: list[bytes] = []
    size = 0
    async for part in http.stream():
        parts.append(part)
        size += len(part)
        if size > _LARGEST:
            raise _Wrong(413, f"A review has {_LARGEST} bytes at the most.")
    return b"".join(parts)


def _read(body: bytes) -> tuple[Json, Request]:
    """Return the pod as it came, and the review read."""
    try:
        raw = from_json(body)
        return raw["request"]["object"], Review.model_validate(raw).request
    except ValidationError as e:
        raise _Wrong(400, f"This is no AdmissionReview of a pod ({faults(e.errors())}).") from e
    except (ValueError, TypeError, KeyError, IndexError) as e:
        raise _Wrong(400, "This is no AdmissionReview of a pod.") from e
