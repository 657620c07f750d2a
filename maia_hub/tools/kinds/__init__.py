"""The kinds of tools, one module each: whatever module lies here is found by its `KIND`."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from maia_hub.core.errors import InvalidInput
from maia_hub.tools.model import Kind


@cache
def kinds() -> Mapping[str, Kind]:
    """Return all kinds by their names, sorted."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found: list[Kind] = [import_module(f"{__name__}.{name}").KIND for name in names]
    return MappingProxyType({kind.name: kind for kind in found})


def kind_called(name: str) -> Kind:
    """Return a kind by its name; `InvalidInput` lists those that there are."""
    try:
        return kinds()[name]
    except KeyError:
        raise InvalidInput(
            "There is no such kind of tool.",
            given=name[:60],
            allowed=sorted(kinds()),
            advice="Name one of them.",
        ) from None
