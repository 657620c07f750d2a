"""The API's description (OpenAPI 3.1): what the framework finds, and what it cannot know of errors and sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from maia_hub.client.models import Problem
from maia_hub.service import matching, scopes
from maia_hub.service.problems import MEDIA_TYPE
from maia_hub.service.sessions import COOKIE
from maia_hub.service.settings import ServiceSettings
from maia_hub.service.xsrf import SAFE

_REFERENCE = "#/components/schemas/{model}"
_TAGGED = [{"$ref": _REFERENCE.format(model=name)} for name in ("BookingModel", "ClassModel")]
_ETAG = {
    "description": "the version of what can be edited, for `If-Match`; the field `etag` says it, too",
    "schema": {"type": "string"},
}
_TEXT: dict[str, Any] = {"type": "string"}
_BUDGET: dict[str, Any] = {
    "RateLimit-Policy": {
        "description": 'the limit that counts here, such as `"reading";q=600;w=60`: calls, and in how many seconds',
        "schema": _TEXT,
    },
    "RateLimit": {
        "description": 'what is left of it, such as `"reading";r=598;t=1`: calls, and when it is whole again',
        "schema": _TEXT,
    },
}
"""draft-ietf-httpapi-ratelimit-headers; where a site has no limit, and where nobody is signed in, they are missing."""
_PAUSE: dict[str, Any] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
_SAID = {
    400: "The body cannot be read.",
    401: "Nobody is signed in, or not one who may ask this.",
    403: "Who is signed in may not do this; or a cookie came without its X-XSRFToken, or from a foreign page.",
    404: "What was named is not there.",
    409: "The state of things forbids it at present, or a rule does.",
    412: "What was to be changed was changed meanwhile; `changes` say what became of it.",
    413: "The body is too large.",
    422: "A value can never be accepted.",
    429: "More was asked than one may; `Retry-After` says in how many seconds to ask again.",
    503: "A part of the platform that is needed does not answer now.",
}
_SCHEMES: dict[str, dict[str, str]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of the hub, whose scopes may narrow it to what an operation names; under /spawner the "
        "spawner's secret, under /door the token of the door to the tools.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A sign-in of a browser; changes bring the header X-XSRFToken, too.",
    },
}


def install(app: FastAPI, settings: ServiceSettings) -> None:
    """Let the app publish the whole description; it is made when it is first asked for."""
    found = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(found(), settings)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _completed(document: dict[str, Any], settings: ServiceSettings) -> dict[str, Any]:
    programs = (f"{settings.api}/spawner", f"{settings.api}/door")
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = Problem.model_json_schema(ref_template=_REFERENCE)
    schemas.update({**problem.pop("$defs"), **schemas, "Problem": problem})
    document["components"]["securitySchemes"] = _SCHEMES
    document["security"] = [{name: []} for name in _SCHEMES]
    document["components"]["headers"] = {**_BUDGET, **_PAUSE}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            limited = not path.startswith(programs)
            if limited:
                wanted = scopes.needed(method.upper(), path, settings.service_name)
                operation["security"] = [{"token": [wanted]}, {"session": []}]
            for status in _errors(method.upper(), path, operation, limited=limited):
                operation["responses"][str(status)] = _problem(status)
            for status, answer in operation["responses"].items():
                _say_headers(status, answer, limited=limited)
    return document


def _say_headers(status: str, answer: dict[str, Any], *, limited: bool) -> None:
    """Say which headers an answer bears."""
    said = dict(answer.get("headers", {}))
    if answer.get("content", {}).get("application/json", {}).get("schema") in _TAGGED:
        said["ETag"] = _ETAG
    if limited:
        named = {**_BUDGET, **_PAUSE} if status == "429" else _BUDGET
        said |= {name: {"$ref": f"#/components/headers/{name}"} for name in named}
    if said:
        answer["headers"] = said


def _errors(method: str, path: str, operation: dict[str, Any], *, limited: bool) -> Iterator[int]:
    """Yield the errors that an operation can answer with."""
    yield from (401, 403, 422, 503)
    if method not in SAFE:
        yield from (404, 409)
    elif "{" in path:
        yield 404
    if any(parameter["name"] == matching.HEADER for parameter in operation.get("parameters", [])):
        yield 412
    if "requestBody" in operation:
        yield from (400, 413)
    if limited:
        yield 429


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model="Problem")}
    return {"description": _SAID[status], "content": {MEDIA_TYPE: {"schema": schema}}}
