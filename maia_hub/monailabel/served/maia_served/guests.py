"""Guests, who were let in to this server alone: they name no files.

MONAI Label takes whatever path an image's id, or a parameter of an inference, names, and reads it as its owner would;
and of the formats that it reads, some have the voxels in another file, whose path is in the first.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextvars import ContextVar
from functools import cache, wraps
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException

HEADER = b"x-maia-guest"
GUEST: ContextVar[bool] = ContextVar("guest", default=False)
"""Whether the request that is being answered is a guest's."""
WHY = "A guest names images by their ids, and no files: neither in the address nor among the parameters."
_TAKEN = {"image", "label", "session", "session_id"}
"""What a request says in its address, or sends; among its parameters it would name a file."""
_READ: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("infer", "run_inference"): {"file": (), "label": (".bin",)},
    ("activelearning", "sample"): {},
    ("datastore", "save_label"): {"label": (".nii", ".nii.gz", ".bin")},
}
"""MONAI Label's functions that take a request's parameters, by module in ``monailabel.endpoints`` and name, and the
kinds of files that a guest sends with them: those that hold all their voxels, and are not asked what kind they are."""


def comes(scope: MutableMapping[str, Any]) -> bool:
    """Tell whether a guest asks; only the door says so, and says it of every request of hers."""
    return any(name == HEADER for name, _ in scope["headers"])


def names_file(scope: MutableMapping[str, Any]) -> bool:
    """Tell whether the query of a request could name a file."""
    query = scope["query_string"].decode("latin-1")
    return any(_path(value) or os.path.exists(value) for _, value in parse_qsl(query) if value)


def names_files(params: object) -> bool:
    """Tell whether parameters, JSON or read already, could name a file anywhere in them."""
    try:
        read = json.loads(params) if isinstance(params, str | bytes) else params
    except ValueError:
        return True  # MONAI Label could not read them either
    taken = isinstance(read, dict) and not _TAKEN.isdisjoint(read)
    return taken or any(_path(text) for text in _texts(read))


@cache
def watch() -> None:
    """Have the parameters of guests looked at, where MONAI Label has read them."""
    for (name, function), kinds in _READ.items():
        module = importlib.import_module(f"monailabel.endpoints.{name}")
        setattr(module, function, _looked_at(getattr(module, function), kinds))


def _looked_at(function: Callable[..., Any], kinds: Mapping[str, tuple[str, ...]]) -> Callable[..., Any]:
    takes = inspect.signature(function)
    if not {"params", *kinds} <= set(takes.parameters):
        raise TypeError(f"{function.__name__} is not the one that is known")

    @wraps(function)
    def looked_at(*args: Any, **kwargs: Any) -> Any:
        given = takes.bind(*args, **kwargs).arguments
        if GUEST.get():
            if given.get("params") and names_files(given["params"]):
                raise HTTPException(HTTPStatus.FORBIDDEN, WHY)
            for name, known in kinds.items():
                if given.get(name) and kind(given[name].filename) not in known:
                    words = f"What a guest sends as {name} is one of these: {', '.join(known) or 'none'}."
                    raise HTTPException(HTTPStatus.FORBIDDEN, words)
        return function(*args, **kwargs)

    return looked_at


def kind(name: str | None) -> str:
    """Return the kind of a file that is sent, as MONAI Label sees it."""
    return "".join(Path(name).suffixes) if name else ".nii.gz"


def _path(text: str) -> bool:
    return "/" in text or "\\" in text or "\0" in text or ".." in text or text.startswith("~")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
