"""The door to the project's tools, as this server, its kernels and terminals ask it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from maia_hub.client.connection import DIRECT
from maia_hub.client.models import PROBLEM_TYPE, Problem
from maia_hub.client.problems import CLASSES
from maia_hub.core.errors import MaiaError, NotSignedIn, Unavailable
from maia_lab.tools import own
from maia_lab.tools.place import PATIENCE, Place

_OTHERWISE = 30.0
_SILENCE = 45.0
"""Seconds without a byte after which a stream is given up."""
_OURS = re.compile(r"(?!PATH$|HOME$|SHELL$|LD_|PYTHON|JUPYTER|JPY_)[A-Z][A-Z0-9_]*")
"""What a tool may be called in an environment: nothing that decides which program runs, or as whom."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What a project's tools put into kernels and terminals; ``names`` may be shown, ``values`` never."""

    project: str
    values: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        """Return the names in order."""
        return sorted(self.values)

    def __repr__(self) -> str:
        return f"Environment(project={self.project!r}, names={self.names})"


class Door:
    """Asks it."""

    def __init__(self, place: Place) -> None:
        self.project = place.project
        self._place = place

    async def get(self, *path: str, **params: str) -> Any:
        """Ask for something below ``api/``."""
        return await self._ask("GET", path, params)

    async def post(self, *path: str) -> Any:
        """Have something done."""
        return await self._ask("POST", path, {})

    async def environment(self, project: str = "") -> Environment:
        """Return what kernels of a project are to hold, within the patience of one that starts."""
        wanted = project or self.project
        with _reaching():
            async with httpx.AsyncClient(**self._options(PATIENCE)) as http:
                response = await http.get(self._url("environment"), params={"project": wanted})
                return _environment(wanted, _answer(response))

    def environment_now(self, project: str = "") -> Environment:
        """Return the same where there is no loop."""
        wanted = project or self.project
        with _reaching(), httpx.Client(**self._options(PATIENCE)) as http:
            return _environment(
                wanted, _answer(http.get(self._url("environment"), params={"project": wanted}))
            )

    async def events(self, project: str) -> AsyncIterator[dict[str, Any]]:
        """Yield a project's tools, at first and whenever they change, until the door says no more."""
        with _reaching():
            async with httpx.AsyncClient(**self._options(_SILENCE)) as http:
                params = {"project": project}
                async with http.stream("GET", self._url("events"), params=params) as response:
                    if not response.is_success:
                        await response.aread()
                        raise _error(response)
                    async for line in response.aiter_lines():
                        if line.startswith("data:"):
                            yield _cards(line.removeprefix("data:"))

    async def _ask(self, method: str, path: tuple[str, ...], params: Mapping[str, str]) -> Any:
        with _reaching():
            async with httpx.AsyncClient(**self._options(_OTHERWISE)) as http:
                return _answer(await http.request(method, self._url(*path), params=dict(params)))

    def _url(self, *path: str) -> str:
        return "/".join((self._place.url, "api", *(quote(part, safe="") for part in path)))

    def _options(self, timeout: float) -> dict[str, Any]:
        return {
            "headers": {"Authorization": f"Bearer {self._place.token}", "Accept": "application/json"},
            "timeout": timeout,
            "mounts": DIRECT,
            "verify": not self._place.url.startswith("http://"),
        }


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as e:
        raise Unavailable(
            "The project's tools do not answer.",
            given=type(e).__name__,
            advice="Wait a few seconds and try again; if it lasts, tell the administrator.",
        ) from e


def _answer(response: httpx.Response) -> Any:
    if not response.is_success:
        raise _error(response)
    try:
        return response.json() if response.content else None
    except ValueError:
        raise _foreign(response) from None


def _cards(told: str) -> dict[str, Any]:
    try:
        found = json.loads(told)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("tools"), list):
        raise Unavailable("The project's tools say what is not understood.", advice="Start your server anew.")
    return found


def _environment(project: str, told: Any) -> Environment:
    found = told.get("env") if isinstance(told, dict) else None
    if not isinstance(found, dict):
        raise Unavailable("The project's tools tell no environment.", advice="Tell the administrator.")
    return Environment(
        project,
        {
            name: str(value)
            for name, value in own.over(found).items()
            if _OURS.fullmatch(name) and "\0" not in str(value)
        },
    )


def _error(response: httpx.Response) -> MaiaError:
    try:
        told = Problem.model_validate_json(response.content)
    except ValidationError:
        return _foreign(response)
    error = CLASSES.get(told.type.removeprefix(PROBLEM_TYPE), MaiaError)
    return error(told.detail, given=told.given, allowed=told.allowed, advice=told.advice)


def _foreign(response: httpx.Response) -> MaiaError:
    if response.is_redirect:
        return NotSignedIn("The project's tools want you to sign in.", advice="Start your server anew.")
    return Unavailable(
        "What stands where the project's tools should be gave an answer that is not theirs.",
        given=f"HTTP {response.status_code}",
        advice="Try again; if it lasts, tell the administrator.",
    )
