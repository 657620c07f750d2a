"""How often one may ask: calls a minute, streams at a time, failed sign-ins a minute.

A budget is refilled evenly, so that who has used it up waits for moments and not for the end of a minute. What was
asked is kept in this process: of several, each counts for itself. Nothing here concerns the spawner, the loops or the
admission review: no server's start or end depends on how much anybody asks.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, cast

from starlette.requests import Request
from starlette.responses import ContentStream, StreamingResponse
from starlette.types import Receive, Scope, Send
from throttled import RateLimiterType, Throttled
from throttled.rate_limiter import per_min
from throttled.store import MemoryStore

from maia_hub.core.errors import NotFound, NotSignedIn, TooMany
from maia_hub.service.addresses import address_of
from maia_hub.service.metrics import Metrics
from maia_hub.service.scopes import looks
from maia_hub.service.settings import Limits

Name = Literal["reading", "writing", "streams", "sign-ins"]

_MOST_KNOWN = 65_536
"""Of so many people or addresses is known how much they asked; those who asked least lately are forgotten."""
_STREAM_PAUSE = 10
"""Seconds after which it is worth while to ask for a stream again."""
_SEEN = "maia.budget"
_WHO = {"session": "Your pages", "token": "Your programs", "feed": "Your calendar programs"}


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a budget after a call: ``wait`` seconds until it allows one again, ``reset`` until it is full."""

    name: Name
    most: int
    remaining: int
    reset: float
    wait: float

    @property
    def headers(self) -> dict[str, str]:
        """The headers of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.most};w=60',
            "RateLimit": f'"{self.name}";r={self.remaining};t={math.ceil(self.reset)}',
        }


class Budget:
    """So many calls a minute for each of those who ask (the generic cell rate algorithm)."""

    def __init__(self, name: Name, most: int) -> None:
        self._name = name
        self._most = most
        self._throttle = Throttled(
            using=RateLimiterType.GCRA.value,
            quota=per_min(most, burst=most),
            store=MemoryStore(options={"MAX_SIZE": _MOST_KNOWN}),
        )

    def take(self, key: str) -> Left:
        """Take one call."""
        state = self._throttle.limit(key).state
        return Left(self._name, self._most, state.remaining, state.reset_after, state.retry_after)

    def look(self, key: str) -> Left:
        """Return what is left, and take nothing."""
        state = self._throttle.peek(key)
        return Left(self._name, self._most, state.remaining, state.reset_after, state.retry_after)


class Limiter:
    """Counts what is asked, and refuses what is too much."""

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self._limits = limits
        self._metrics = metrics
        self._reading = _budget("reading", limits.reading)
        self._writing = _budget("writing", limits.writing)
        self._sign_ins = _budget("sign-ins", limits.sign_ins)
        self._open: Counter[str] = Counter()

    def charge(self, request: Request, user: str, via: str) -> None:
        """Count one call of somebody; `TooMany` if it is one too many."""
        budget = self._reading if looks(request.scope["method"], request.scope["path"]) else self._writing
        if budget is None:
            return
        left = budget.take(f"{via}:{user}")
        request.scope[_SEEN] = left
        if left.wait > 0:
            kind = "ask" if left.name == "reading" else "change something"
            least = "" if via == "session" else " A program should ask less often."
            raise self._too_many(
                left.name,
                left.wait,
                f"{_WHO[via]} {kind} more often than {left.most} times a minute.",
                allowed=f"{left.most} a minute",
                advice=f"Nothing was done and nothing is lost: go on in {{wait}}.{least}",
            )

    @contextmanager
    def signing_in(self, request: Request, *, known: bool = False) -> Iterator[None]:
        """Count a sign-in that fails, by its address; with too many nobody ``known`` is even looked up.

        Whoever shows what was good before is never refused for what others at her address do.
        """
        if self._sign_ins is None:
            yield
            return
        address = address_of(request, self._limits.proxies)
        if not known:
            self._still_may(self._sign_ins.look(address))
        try:
            yield
        except (NotSignedIn, NotFound):
            self._still_may(self._sign_ins.take(address))
            raise

    def _still_may(self, left: Left) -> None:
        if left.wait > 0:
            raise self._too_many(
                left.name,
                left.wait,
                f"More than {left.most} sign-ins in a minute have failed from your address.",
                allowed=f"{left.most} a minute",
                advice="Sign in again in {wait}, with a token that is valid.",
            )

    def stream(self, user: str, via: str) -> _Place:
        """Take a place for one more stream of somebody; `TooMany` if she has none left."""
        most, key = self._limits.streams, f"{via}:{user}"
        if most is not None and self._open[key] >= most:
            raise self._too_many(
                "streams",
                _STREAM_PAUSE,
                f"{_WHO[via]} have {most} event streams open, and more are not given.",
                allowed=f"{most} at a time",
                advice="Close one; a place is free again within {wait} after.",
            )
        return _Place(self._open, key)

    def _too_many(self, name: Name, wait: float, message: str, *, allowed: str, advice: str) -> TooMany:
        """Count a refusal and return it; ``{wait}`` in the advice is how long to wait."""
        self._metrics.limit(name)
        seconds = max(1, math.ceil(wait))
        told = advice.format(wait="a second" if seconds == 1 else f"{seconds} seconds")
        return TooMany(message, given=name, allowed=allowed, advice=told, details={"retry_after": seconds})


class _Place:
    """One stream among those of its user, until it is left."""

    def __init__(self, among: Counter[str], key: str) -> None:
        self._among = among
        self._key = key
        among[key] += 1

    def leave(self) -> None:
        """Give the place to another one."""
        self._among[self._key] -= 1
        if self._among[self._key] <= 0:
            del self._among[self._key]


class LimitedStream(StreamingResponse):
    """An event stream that holds a place from its being allowed to its end, even if nobody ever reads from it."""

    def __init__(self, place: _Place, content: ContentStream, **options: Any) -> None:
        super().__init__(content, **options)
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._place.leave()


def headers_of(scope: Scope) -> dict[str, str]:
    """Return what an answer says about the budget that its request was taken from."""
    left = cast("Left | None", scope.get(_SEEN))
    return {} if left is None else left.headers


def _budget(name: Name, most: int | None) -> Budget | None:
    return None if most is None else Budget(name, most)
