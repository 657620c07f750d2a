"""The document of a sandboxed page: the script is put into it by which it works without an origin."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files

from aiohttp import ClientResponse
from starlette.requests import Request

from maia_hub.door.admitting import Visit
from maia_hub.door.context import Door
from maia_hub.door.headers import Headers
from maia_hub.tools.model import Page

_SHIM = files("maia_hub.door").joinpath("shim.js").read_text(encoding="utf-8")
_HEAD = re.compile(rb"<head(?:\s[^>]*)?>", re.IGNORECASE)
_OPENING = re.compile(rb"\s*(?:<!doctype[^>]*>)?\s*(?:<html(?:\s[^>]*)?>)?", re.IGNORECASE)
_LOOKED_THROUGH = 65_536
"""Bytes of a document in which its head is looked for."""
_STALE = frozenset(
    ("content-length", "etag", "last-modified", "accept-ranges", "cache-control", "content-md5", "digest")
)


class Document:
    """Writes the script, with a key of the page's own, to where a document's head begins."""

    def __init__(self, script: bytes) -> None:
        self._script = script
        self._begun = b""
        self._written = False

    @classmethod
    def expected(cls, request: Request, visit: Visit, door: Door) -> Document | None:
        """Return one if a browser goes to a page of a sandboxed tool, with its cookie."""
        if visit.via != "cookie" or visit.tool.kind.page is not Page.SANDBOXED:
            return None
        mode = request.headers.get("sec-fetch-mode", "navigate")
        if (
            request.method != "GET"
            or mode != "navigate"
            or "text/html" not in request.headers.get("accept", "")
        ):
            return None
        path = visit.path
        told = {
            "key": door.keys.make(visit.sign_in, path.project, path.tool, door.clock()),
            "base": f"{door.settings.prefix}{path.below}/",
        }
        text = json.dumps(told).replace("<", "\\u003c")
        return cls(f"<script>({_SHIM.strip()})({text});</script>".encode())

    def fits(self, answer: ClientResponse) -> bool:
        """Tell whether an answer is a document into which can be written."""
        said = answer.headers
        attached = said.get("content-disposition", "").lower().startswith("attachment")
        plain = said.get("content-encoding", "identity") == "identity"
        return answer.status == 200 and answer.content_type == "text/html" and plain and not attached

    def headers(self, given: Headers) -> Headers:
        """Return the headers of the document that is made: nobody keeps it, for it holds a key."""
        kept = [(name, value) for name, value in given if name not in _STALE]
        return [*kept, ("cache-control", "no-store")]

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what may be sent on of the next part."""
        if self._written:
            yield chunk
            return
        self._begun += chunk
        head = _HEAD.search(self._begun)
        if head is not None or len(self._begun) > _LOOKED_THROUGH:
            yield self._with_script(head)

    def rest(self) -> bytes:
        """Return what is left at the end."""
        return b"" if self._written else self._with_script(None)

    def _with_script(self, head: re.Match[bytes] | None) -> bytes:
        self._written = True
        found = head or _OPENING.match(self._begun)
        at = found.end() if found else 0
        begun, self._begun = self._begun, b""
        return begun[:at] + self._script + begun[at:]
