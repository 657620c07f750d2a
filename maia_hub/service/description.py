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
_BOOKING = {"$ref": _REFERENCE.format(model="BookingModel")}
_ETAG = {
    "description": "the version of what can be edited, for `If-Match`; the field `etag` says it, too",
    "schema": {"type": "string"},
}
_SAID = {
    400: "The body cannot be read.",
    401: "Nobody is signed in, or not one who may ask this.",
    403: "Who is signed in may not do this; or a cookie came without its X-XSRFToken, or from a foreign page.",
    404: "What was named is not there.",
    409: "The state of things forbids it at present, or a rule does.",
    412: "What was to be changed was changed meanwhile; `changes` say what became of it.",
    413: "The body is too large.",
    422: "A value can never be accepted.",
    503: "A part of the platform that is needed does not answer now.",
}
_SCHEMES: dict[str, dict[str, str]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of the hub, whose scopes may narrow it to what an operation names; under /spawner the "
        "spawner's secret.",
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
    spawner = f"{settings.api}/spawner"
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = Problem.model_json_schema(ref_template=_REFERENCE)
    schemas.update({**problem.pop("$defs"), **schemas, "Problem": problem})
    document["components"]["securitySchemes"] = _SCHEMES
    document["security"] = [{name: []} for name in _SCHEMES]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if not path.startswith(spawner):
                wanted = scopes.needed(method.upper(), path, settings.service_name)
                operation["security"] = [{"token": [wanted]}, {"session": []}]
            for status in _errors(method.upper(), path, operation):
                operation["responses"][str(status)] = _problem(status)
            for answer in operation["responses"].values():
                if answer.get("content", {}).get("application/json", {}).get("schema") == _BOOKING:
                    answer["headers"] = {"ETag": _ETAG}
    return document


def _errors(method: str, path: str, operation: dict[str, Any]) -> Iterator[int]:
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


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model="Problem")}
    return {"description": _SAID[status], "content": {MEDIA_TYPE: {"schema": schema}}}
