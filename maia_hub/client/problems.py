"""Errors of the service, turned back into the classes that raised them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx
from pydantic import ValidationError

from maia_hub.client.calls import Call
from maia_hub.client.models import PROBLEM_TYPE, Problem
from maia_hub.core import errors
from maia_hub.core.errors import MaiaError, NotSignedIn, Unavailable

_LONGEST = 300
T = TypeVar("T")


def _family(base: type[MaiaError]) -> dict[str, type[MaiaError]]:
    found = {base.code: base}
    for child in base.__subclasses__():
        if child.__module__ == errors.__name__:
            found |= _family(child)
    return found


CLASSES = _family(MaiaError)
"""code -> the error class that bears it."""


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Say in our own words that the service at ``url`` does not answer, or stops in the middle."""
    try:
        yield
    except httpx.HTTPError as e:
        raise Unavailable(
            "The booking service does not answer.",
            given=f"{url}: {type(e).__name__}",
            advice="Wait a few seconds and try again; if it lasts, tell the administrator.",
        ) from e


def answered(call: Call[T], response: httpx.Response) -> T:
    """Return what a response says; raise the error that it stands for."""
    if not response.is_success:
        raise error_of(response)
    try:
        return call.read(response.content)
    except ValueError as e:
        raise _foreign(response) from e


def following(call: Call[T], response: httpx.Response) -> Call[T] | None:
    """Return the call for the next page of a list; None if this one was the last."""
    cursor = response.headers.get("Next-Cursor")
    return call.after(cursor) if cursor else None


def error_of(response: httpx.Response) -> MaiaError:
    """Return the error that an unsuccessful response stands for."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return _foreign(response)
    details = problem.model_dump(
        mode="json", include={"refusals", "next_free", "login", "changes"}, exclude_none=True
    )
    if "Retry-After" in response.headers:
        details["retry_after"] = response.headers["Retry-After"]
    error = CLASSES.get(problem.type.removeprefix(PROBLEM_TYPE), MaiaError)
    return error(
        problem.detail,
        given=problem.given,
        allowed=problem.allowed,
        advice=problem.advice,
        details={key: value for key, value in details.items() if value},
    )


def _foreign(response: httpx.Response) -> MaiaError:
    """Return an error for an answer that is none of ours: a proxy's, or a page of the hub."""
    if response.is_redirect:
        return NotSignedIn("The booking service wants you to sign in.", advice="Give a token of the hub.")
    answer = f"HTTP {response.status_code} {response.text[:_LONGEST]}".strip()
    return Unavailable(
        "The booking service gave an answer that is not its own.",
        given=answer,
        advice="Check the address of the service, and that it is running; then try again.",
    )
