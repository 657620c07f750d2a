"""The path of a request, read as it was sent: ``PREFIX/PROJECT/TOOL/REST``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.core.projects import NAME as PROJECT
from maia_hub.tools.model import NAME as TOOL
from maia_hub.tools.model import RESERVED

_WHOLE = re.compile(rf"/({PROJECT})/({TOOL})(/.*)?", re.DOTALL)
_DECODINGS = 4
_CLIMBS = re.compile(rb"(?:^|[/\\])\.{1,2}(?:$|[/\\;])|[\x00-\x1f\x7f\\]")
_PAGES = frozenset(("", "api", "health", "login", "logout", "oauth_callback", "signed-in"))
"""The door's own pages. They are one step long, what leads to a tool has two: a project may be called as they are."""
_API = "api/"


@dataclass(frozen=True, slots=True)
class ToolPath:
    """Which tool is meant, and the path below it, as it was sent: it begins with ``/``, or is empty."""

    project: str
    tool: str
    rest: str

    @property
    def below(self) -> str:
        """The path from the prefix on to the tool."""
        return f"/{self.project}/{self.tool}"


def is_ours(path: str, prefix: str) -> bool:
    """Tell whether a path, decoded once as the routes see it, is one of the door's own.

    A project may be called ``api``, but no tool as the API's first steps are.
    """
    before, _, rest = path.partition(f"{prefix}/")
    asks = rest.startswith(_API) and rest.removeprefix(_API).partition("/")[0] in ("", *RESERVED)
    return bool(before) or rest in _PAGES or rest.startswith("/") or asks


def tool_path(raw: bytes, prefix: str) -> ToolPath:
    """Read a path.

    Raises:
        InvalidInput: it has steps up, backslashes or control characters, in the open or encoded once or more.
        NotFound: it names no tool.
    """
    rest = raw.removeprefix(prefix.encode())
    refuse_climbing(rest)
    found = _WHOLE.fullmatch(rest.decode("ascii", "replace"))
    if found is None:
        raise no_such_path(rest.decode("ascii", "replace"))
    return ToolPath(found[1], found[2], found[3] or "")


def no_such_path(path: str) -> NotFound:
    """Return the error for a path that leads nowhere."""
    return NotFound(
        "There is no such path.",
        given=path[:200],
        allowed="PROJECT/TOOL/",
        advice="Open the tool from the panel “Project” in JupyterLab.",
    )


def refuse_climbing(path: bytes) -> None:
    """Refuse what any decoder on the way, however often it decodes, could take for a step out of the tool."""
    for _ in range(_DECODINGS):
        if _CLIMBS.search(path):
            break
        decoded = unquote_to_bytes(path)
        if decoded == path:
            return
        path = decoded
    raise InvalidInput(
        "That path cannot be forwarded.",
        given=path.decode("ascii", "replace")[:200],
        allowed="a path without steps up, backslashes and control characters, plain or encoded",
        advice="Use the addresses that the tool itself shows.",
    )
