"""Tools of a person's own, in ~/.maia/tools: a file each, for her kernels and her panel alone.

What is secret in them goes to her own kernels and to that tool: to no browser, error or log.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
from pydantic import ConfigDict, Field, model_validator

from maia_hub.core.errors import InvalidInput, MaiaError
from maia_hub.core.ids import ProjectId
from maia_hub.tools import asking
from maia_hub.tools.model import NAME, Page, State, Status, Tool
from maia_hub.tools.settings import OutsideTool
from maia_lab import privatefiles

_EVERY = 15.0
"""Seconds from one look to the next, while somebody looks at the panel."""
_PATIENCE = 5.0
_ALLOWED = "kind, address, title, user, secret or secret_file, extra, environment"
_SIGNS_IN = ("{token}", "{user}", "{secret}")


class OwnTool(OutsideTool):
    """A file: ``environment`` are further variables for her kernels, or others than those of its kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    environment: Mapping[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_asked_without_a_secret(self) -> OwnTool:
        if self.kind == "orthanc" and self.secret.get_secret_value():
            raise ValueError("an archive that wants a sign-in is a node: write it down in ~/.maia/nodes")
        return self

    @property
    def holds_a_secret(self) -> bool:
        """Whether something in the file may be for nobody else."""
        return bool(self.secret.get_secret_value() or self.environment)

    def values(self, tool: Tool) -> dict[str, str]:
        """Return what a kernel finds of it; of who signs in nothing, where nobody does."""
        found = tool.environment(tool.address, tool.credentials.secret, tool.credentials)
        if not tool.credentials.secret:
            for name, text in tool.kind.environment.items():
                if any(each in text for each in _SIGNS_IN):
                    found.pop(name, None)
        return {**found, **self.environment}


def folder() -> Path:
    """Return where they are."""
    return Path.home() / ".maia" / "tools"


def over(values: Mapping[str, str]) -> dict[str, str]:
    """Return what a kernel finds: a tool of one's own stands in the place of the project's of that kind.

    All that the project says of the kind is left out, for what signs in there is not for any other place. A file that
    cannot be read counts for nothing; the panel says why.
    """
    merged = dict(values)
    for path in privatefiles.files(folder()):
        try:
            written, tool = _read(path)
        except MaiaError:
            continue
        for name in tool.kind.environment:
            merged.pop(name, None)
        merged |= written.values(tool)
    return merged


class Cards:
    """How they fare, as the panel is told."""

    def __init__(self, every: float = _EVERY) -> None:
        self.all: list[dict[str, Any]] = []
        self._every = every
        self._known: dict[str, Status] = {}

    async def watch(self, tell: Callable[[], None]) -> None:
        """Look again and again."""
        while True:
            before = self.all
            await self.look()
            if self.all != before:
                tell()
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """Look once."""
        paths = list(privatefiles.files(folder()))
        if not paths:
            self.all = []
            return
        async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as http:
            self.all = list(await asyncio.gather(*(self._card(path, http) for path in paths)))

    async def _card(self, path: Path, http: httpx.AsyncClient) -> dict[str, Any]:
        now = datetime.now(timezone.utc)
        try:
            _, tool = _read(path)
        except MaiaError as e:
            said = " ".join(filter(None, (e.message, e.advice)))
            return _shown(path.stem, None, self._since(path.stem, Status(State.FAILING, now, said)))
        return _shown(path.stem, tool, self._since(path.stem, await asking.status(tool, http, now)))

    def _since(self, name: str, found: Status) -> Status:
        """Return how it fares since it does."""
        before = self._known.get(name)
        if before is None or (before.state, before.reason) != (found.state, found.reason):
            self._known[name] = found
        return self._known[name]


def _read(path: Path) -> tuple[OwnTool, Tool]:
    if not re.fullmatch(NAME, path.stem):
        raise InvalidInput(f"{path}: no tool may be called so.", allowed=NAME)
    written = privatefiles.read(path, OwnTool, lambda each: each.holds_a_secret, _ALLOWED)
    return written, written.tool(ProjectId("own"), path.stem)


def _shown(name: str, tool: Tool | None, status: Status) -> dict[str, Any]:
    opens = tool is not None and tool.kind.page is not Page.NONE
    return {
        "name": f"own:{name}",
        "kind": tool.kind.name if tool else "",
        "title": f"{tool.title if tool else name} (my own)",
        "url": tool.address if tool else "",
        "state": status.state.value,
        "since": status.since.isoformat(),
        "reason": status.reason,
        "progress": None,
        "doing": "",
        "version": status.version,
        "local": False,
        "opens": "page" if opens else "none",
        "page": "outside",
        "snippet": tool.kind.snippet if tool else "",
        "fact": None,
    }
