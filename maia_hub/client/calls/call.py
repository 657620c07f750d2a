"""One request, and how its parameters are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter

T = TypeVar("T")


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request and the shape of its answer; ``path`` is relative to ``…/api/v1/``."""

    method: str
    path: str
    answer: TypeAdapter[T]
    params: Mapping[str, str] = field(default_factory=dict)
    body: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    repeats: bool = True
    """Whether it may be sent again: it changes nothing, or only once, however often it is sent."""
    paged: bool = False
    """Whether the answer is a list that comes in pages."""

    def after(self, cursor: str) -> Call[T]:
        """Return the call for the page that a cursor begins."""
        return replace(self, params={**self.params, "cursor": cursor})

    def read(self, content: bytes) -> T:
        """Turn the answer's body into its model; an empty body stands for None."""
        return self.answer.validate_json(content or b"null")


NOTHING: TypeAdapter[None] = TypeAdapter(type(None))


def only_if(etag: str | None) -> dict[str, str]:
    """Return the header of a call that is meant for one version alone, or for any if ``etag`` is None."""
    return {} if etag is None else {"If-Match": etag}


def query(**values: Any) -> dict[str, str]:
    """Return parameters as they are written in a query; what is None is left out."""
    return {key: _text(value) for key, value in values.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)
