"""The one table from exceptions to problem+json answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from maia_hub.client.models import PROBLEM_TYPE, Problem
from maia_hub.core import errors
from maia_hub.core.errors import MaiaError
from maia_hub.service import portal
from maia_hub.service.headers import SECURITY
from maia_hub.service.metrics import NO_ROOM
from maia_hub.service.settings import ServiceSettings

STATUS: dict[type[MaiaError], int] = {
    errors.InvalidInput: 422,
    errors.NotFound: 404,
    errors.NotSignedIn: 401,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.Overbooked: 409,
    errors.InProgress: 409,
    errors.ChangedMeanwhile: 412,
    errors.IllegalTransition: 409,
    errors.Refused: 409,
    errors.TooMany: 429,
    errors.Unavailable: 503,
    MaiaError: 400,
}
MEDIA_TYPE = "application/problem+json"
_LONGEST = 300
_WIDEST = 50
_DEEPEST = 4
"""How deep what was given is shown: deeper nesting than Python's stack allows would fail the answer."""
_OUR_FAULT = "Something went wrong in the booking service; it has been logged."
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{0}</title>
<h1>{0}</h1><p>{1}</p><p>{2}</p><p><a href="{home}">To the portal</a></p></html>
"""
_log = structlog.get_logger("maia.service")


def status_of(error: MaiaError) -> int:
    """Return the HTTP status of an error: its class's, or that of the nearest class above it in the table."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def install(app: FastAPI, settings: ServiceSettings) -> None:
    """Answer every exception of ``app`` in the one shape; a page request gets it as a plain page."""

    def maia_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, MaiaError)
        _count(request, error)
        return _answer(request, _problem(error, settings.login), settings, _headers(error))

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return _answer(request, _problem(_invalid_input(error), settings.login), settings)

    def out_of_range(request: Request, _: Exception) -> Response:
        return _answer(request, _problem(_beyond_time(), settings.login), settings)

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        problem = (
            _no_such_path(request) if _unknown(request, error, settings) else _http_problem(request, error)
        )
        return _answer(request, problem, settings, error.headers)

    def unexpected(request: Request, error: Exception) -> Response:
        _log.error("unexpected", path=request.url.path, exc_info=error)
        problem = _plain_problem(
            500, MaiaError(_OUR_FAULT, advice="Try again; if it lasts, tell the administrator.")
        )
        return _answer(request, problem, settings, SECURITY)

    app.add_exception_handler(MaiaError, maia_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(OverflowError, out_of_range)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)


def _count(request: Request, error: MaiaError) -> None:
    """Count which rules have refused a booking; a rule's name is one of ours, and nobody's."""
    rules = error.details.get("refusals") if isinstance(error, errors.Refused) else None
    if isinstance(rules, list):
        request.app.state.context.metrics.refuse(sorted({str(rule["rule"]) for rule in rules}))
    elif isinstance(error, errors.Overbooked):
        request.app.state.context.metrics.refuse([NO_ROOM])


def _answer(
    request: Request, problem: Problem, settings: ServiceSettings, headers: Mapping[str, str] | None = None
) -> Response:
    is_page = "text/html" in request.headers.get("accept", "")
    if is_page and not request.url.path.startswith(f"{settings.api}/"):
        return HTMLResponse(_page(problem, settings), problem.status, headers)
    content = problem.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, problem.status, headers, MEDIA_TYPE)


def _page(problem: Problem, settings: ServiceSettings) -> str:
    said = (escape(text) for text in (problem.title, problem.detail, problem.advice or ""))
    return _PAGE.format(*said, home=escape(f"{settings.prefix}/"))


def _headers(error: MaiaError) -> Mapping[str, str] | None:
    return {"Retry-After": str(error.details["retry_after"])} if isinstance(error, errors.TooMany) else None


def _beyond_time() -> errors.InvalidInput:
    """The error for a time that no calendar has, such as the year 9999 west of Greenwich."""
    return errors.InvalidInput(
        "A time lies too far in the past or the future.", advice="Choose a time that the calendar shows."
    )


def _problem(error: MaiaError, login: str) -> Problem:
    return Problem.model_validate(
        {
            "type": PROBLEM_TYPE + error.code,
            "title": error.title,
            "status": status_of(error),
            "detail": _text(error.message),
            "given": _bounded(error.given),
            "allowed": _bounded(error.allowed),
            "advice": error.advice,
            "refusals": error.details.get("refusals", []),
            "next_free": error.details.get("next_free"),
            "changes": error.details.get("changes"),
            "login": login if isinstance(error, errors.NotSignedIn) else None,
        },
        from_attributes=True,
    )


def _unknown(request: Request, error: HTTPException, settings: ServiceSettings) -> bool:
    """Tell whether nothing but the pages' own route, which takes any path, would have answered a GET."""
    is_page = request.scope.get("endpoint") is portal.page
    return error.status_code == 405 and is_page and request.url.path.startswith(f"{settings.api}/")


def _no_such_path(request: Request) -> Problem:
    return _plain_problem(404, portal.no_such_path(request.url.path))


def _http_problem(request: Request, error: HTTPException) -> Problem:
    """Show an error of the framework: a method that a path does not know, a body that cannot be read."""
    status, said = error.status_code, str(error.detail)
    if status == 404:
        return _no_such_path(request)
    if status == 405:
        allowed = (error.headers or {}).get("Allow")
        return _plain_problem(status, errors.InvalidInput(f"{said}.", given=request.method, allowed=allowed))
    return _plain_problem(status, errors.InvalidInput(said) if status < 500 else MaiaError(said))


def _plain_problem(status: int, error: MaiaError) -> Problem:
    """Show an error whose status is not its class's."""
    return Problem(
        type=PROBLEM_TYPE + error.code,
        title=error.title,
        status=status,
        detail=_text(error.message),
        given=_bounded(error.given),
        allowed=_bounded(error.allowed),
        advice=error.advice,
    )


def _bounded(value: object, depth: int = 0) -> object:
    """Return as much of a value as an answer can hold: whatever was sent, the answer must be JSON and short."""
    if isinstance(value, (bool, type(None))) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else "a number of more than 18 digits"
    if depth == _DEEPEST and isinstance(value, (list, tuple, set, frozenset, dict)):
        return "…"
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_bounded(item, depth + 1) for item in list(value)[:_WIDEST]]
    if isinstance(value, dict):
        return {_text(key): _bounded(item, depth + 1) for key, item in list(value.items())[:_WIDEST]}
    return _text(value)


def _text(value: object) -> str:
    """Return a text that UTF-8 can carry: half a surrogate pair is JSON, but no character."""
    return str(value)[:_LONGEST].encode("utf-8", "replace").decode()


_ADVICE = {
    "timezone_aware": (
        "a time with a UTC offset, such as 2026-03-01T09:00:00+01:00",
        "Add the UTC offset, or Z.",
    ),
    "datetime_from_date_parsing": (
        "a time such as 2026-03-01T09:00:00+01:00",
        "Write date, time and UTC offset.",
    ),
    "datetime_parsing": ("a time such as 2026-03-01T09:00:00+01:00", "Write date, time and UTC offset."),
    "extra_forbidden": ("the fields that the API's description lists", "Leave this field out."),
    "missing": ("a value", "Add this field."),
}


def _invalid_input(error: RequestValidationError) -> errors.InvalidInput:
    """Say the first thing that is wrong with a request, in the words of the user's own fields."""
    first: dict[str, Any] = dict(error.errors()[0])
    where = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    allowed, advice = _ADVICE.get(first["type"], (None, "Correct the value and send the request again."))
    given = None if first["type"] == "missing" else first.get("input")
    return errors.InvalidInput(f"{where}: {first['msg']}.", given=given, allowed=allowed, advice=advice)
