"""The tools of projects, as programs of a person ask their door."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote, urljoin

import httpx
from pydantic import ValidationError

from maia_hub.client.connection import DIRECT, TOKEN_ENVS
from maia_hub.client.models import PROBLEM_TYPE, Problem, ToolShareModel
from maia_hub.client.models.base import Answer
from maia_hub.client.problems import CLASSES
from maia_hub.core.errors import InvalidInput, MaiaError, NotSignedIn, Unavailable

URL_ENV = "MAIA_TOOLS_URL"
PUBLIC_ENV = "JUPYTERHUB_PUBLIC_HUB_URL"
_TIMEOUT = 30.0
_LONGEST = 300
M = TypeVar("M", bound=Answer)


def shared_page(share: ToolShareModel) -> str:
    """Return where a guest finds what is shared with her: whole where the hub has told its address, else a path."""
    return urljoin(os.environ.get(PUBLIC_ENV, ""), share.page)


class ToolModel(Answer):
    """A tool as it stands; ``url`` is the path of its page behind the door, or its address for one outside."""

    name: str
    kind: str
    title: str
    url: str
    state: str
    since: datetime
    reason: str = ""
    progress: float | None = None
    doing: str = ""
    version: str = ""
    local: bool = False
    opens: str = "none"


class ToolsModel(Answer):
    """The tools of a project, and the projects that the person is in."""

    project: str
    projects: list[str]
    tools: list[ToolModel]


class LogModel(Answer):
    """The last lines of a tool's log."""

    lines: list[str]


class Tools:
    """Asks the door as the owner of ``token``; both arguments default to the environment's.

    Every failure is a `MaiaError` fit to be shown to a user.
    """

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        url = url or os.environ.get(URL_ENV)
        token = token or next((os.environ[name] for name in TOKEN_ENVS if os.environ.get(name)), None)
        if not url:
            raise InvalidInput(
                "The address of the project's tools is not known.",
                allowed="an address such as http://127.0.0.1:8000/services/maia-tools",
                advice=f"Run this in a server of the hub, or set {URL_ENV}.",
            )
        if not token:
            raise NotSignedIn(
                "There is no token to sign in with.",
                advice=f"Run this in a server of the hub, or set {TOKEN_ENVS[0]} to a token of the hub.",
            )
        self._url = url.rstrip("/")
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=_TIMEOUT,
            mounts=DIRECT,
            verify=not self._url.startswith("http://"),
        )

    def __enter__(self) -> Tools:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def all(self, project: str | None = None) -> ToolsModel:
        """Return the tools of a project; of the first of one's projects if none is named."""
        return self._ask(ToolsModel, "GET", "tools", params={"project": project} if project else {})

    def start(self, project: str, name: str) -> ToolModel:
        """Have a tool started, installed first where it is not; return at once."""
        return self._ask(ToolModel, "POST", "tools", project, name, "start")

    def stop(self, project: str, name: str) -> ToolModel:
        """End a tool; its data stays."""
        return self._ask(ToolModel, "POST", "tools", project, name, "stop")

    def log(self, project: str, name: str, lines: int) -> list[str]:
        """Return the last lines of a tool's log."""
        return self._ask(LogModel, "GET", "tools", project, name, "log", params={"lines": str(lines)}).lines

    def page(self, tool: ToolModel) -> str:
        """Return where a browser opens a tool: whole where the hub has told where people reach it."""
        return urljoin(os.environ.get(PUBLIC_ENV, ""), tool.url)

    def _ask(self, model: type[M], method: str, *path: str, params: dict[str, str] | None = None) -> M:
        url = "/".join((self._url, "api", *(quote(part, safe="") for part in path)))
        with _reaching(self._url):
            response = self._http.request(method, url, params=params)
        if not response.is_success:
            raise _error(response)
        try:
            return model.model_validate_json(response.content)
        except ValidationError as e:
            raise _foreign(response) from e


@contextmanager
def _reaching(url: str) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as e:
        raise Unavailable(
            "The door to the project's tools does not answer.",
            given=f"{url}: {type(e).__name__}",
            advice="Wait a few seconds and try again; if it lasts, tell the administrator.",
        ) from e


def _error(response: httpx.Response) -> MaiaError:
    try:
        told = Problem.model_validate_json(response.content)
    except ValidationError:
        return _foreign(response)
    error = CLASSES.get(told.type.removeprefix(PROBLEM_TYPE), MaiaError)
    return error(told.detail, given=told.given, allowed=told.allowed, advice=told.advice)


def _foreign(response: httpx.Response) -> MaiaError:
    """Return an error for an answer that is none of the door's."""
    if response.is_redirect:
        return NotSignedIn(
            "The door to the project's tools wants you to sign in.", advice="Give a token of the hub."
        )
    return Unavailable(
        "What stands where the project's tools should be gave an answer that is not theirs.",
        given=f"HTTP {response.status_code} {response.text[:_LONGEST]}".strip(),
        advice="Check the address; if it is right, try again or tell the administrator.",
    )
