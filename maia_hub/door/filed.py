"""Tools that are files alone: served from the folder of their package, never from outside of it."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from maia_hub.core.errors import InvalidInput, Unavailable
from maia_hub.door import pages
from maia_hub.door.admitting import Visit
from maia_hub.door.context import Door
from maia_hub.service.xsrf import SAFE

_INDEX = "index.html"
_ASK = "no-cache"


def answer(request: Request, visit: Visit, door: Door) -> Response:
    """Return a file of a tool, one that is made for it, or its start page for any other path."""
    if request.method not in SAFE:
        raise InvalidInput("These are files, to be read alone.", given=request.method, allowed=sorted(SAFE))
    tool, root = visit.tool, Path(visit.tool.files)
    if not tool.files:
        status = visit.source.status(tool)
        raise Unavailable(
            f"{tool.title} is not there: it is {status.state.value} since {status.since:%Y-%m-%d %H:%M:%S} UTC.",
            given=status.reason or None,
            advice="The panel “Project” in JupyterLab starts it.",
        )
    headers = {**dict(pages.policy(tool, door.ancestors)), "Cache-Control": _ASK}
    name = unquote(visit.path.rest[1:]) or _INDEX
    file = _inside(root, name)
    if name not in tool.texts and file is None:
        name, file = _INDEX, _inside(root, _INDEX)
    if name in tool.texts:
        kind = mimetypes.guess_type(name)[0] or "text/plain"
        return Response(tool.texts[name], headers=headers, media_type=kind)
    if file is None:
        raise Unavailable(f"{tool.title} is not installed whole.", advice="Stop it and start it again.")
    return FileResponse(file, headers=headers)


def _inside(root: Path, name: str) -> Path | None:
    file = (root / name).resolve()
    return file if file.is_relative_to(root.resolve()) and file.is_file() else None
