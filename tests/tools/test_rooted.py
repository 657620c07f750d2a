"""Styles of a tool that lives below a path find their files there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from maia_hub.tools.guards.rooted import below

PREFIX = "/services/maia-tools/vision/board"
STYLE = b"""a{src:url(/f/a.woff2)} b{src:url("/f/b.ttf")} c{src:url('/c')} d{src:url(d)} e{src:url(//h/e)}"""
MOVED = (
    f"a{{src:url({PREFIX}/f/a.woff2)}} b{{src:url(\"{PREFIX}/f/b.ttf\")}} c{{src:url('{PREFIX}/c')}} "
    "d{src:url(d)} e{src:url(//h/e)}"
).encode()


class Parts(list[bytes]):
    """An answer in parts that knows whether it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


def asked(path: str, status: str = "200 OK", method: str = "GET") -> tuple[bytes, dict[str, str], str, Parts]:
    """Ask for a style; return body, headers, what the tool was told of encodings, and its own answer."""
    parts = Parts([STYLE[:5], STYLE[5:]])
    seen: dict[str, Any] = {}
    told: dict[str, str] = {}

    def tool(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        seen.update(environ)
        start(status, [("Content-Type", "text/css"), ("Content-Length", str(len(STYLE)))])
        return parts

    def start(_: str, headers: list[tuple[str, str]]) -> None:
        told.update(headers)

    environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_ACCEPT_ENCODING": "gzip"}
    body = b"".join(below(PREFIX, tool, (".css",))(environ, start))
    return body, told, seen.get("HTTP_ACCEPT_ENCODING", ""), parts


def test_a_file_named_from_the_root_is_found_below_the_path() -> None:
    body, headers, encodings, parts = asked("/static/main.css")
    assert body == MOVED
    assert headers == {"Content-Type": "text/css", "Content-Length": str(len(MOVED))}
    assert (encodings, parts.closed) == ("", True)


@pytest.mark.parametrize(
    ("path", "status", "method"),
    [
        ("/data.bin", "200 OK", "GET"),
        ("/static/main.css", "304 Not Modified", "GET"),
        ("/static/main.css", "200 OK", "HEAD"),
    ],
)
def test_everything_else_passes_as_it_is(path: str, status: str, method: str) -> None:
    body, headers, _, _ = asked(path, status, method)
    assert body == STYLE
    assert headers["Content-Length"] == str(len(STYLE))
