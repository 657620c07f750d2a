"""A door for tests: a small server of its own that speaks as the real one does, with no tool behind it.

What stands behind the real door takes minutes to install and cannot be made to fail on demand; the test in the browser
goes through the real one.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.lab.hpcpanel import Panel

TOKEN = "the-servers-own-token"
SECRET = "s3cr3t-of-alice"


class ToolsDoor:
    """What it tells, and what it was asked."""

    def __init__(self) -> None:
        self.cards: dict[str, list[dict[str, Any]]] = {"default": [], "vision": []}
        self.environments: dict[str, dict[str, Any]] = {"default": {}, "vision": {}}
        self.asked: list[tuple[str, str]] = []
        self.slow = 0.0
        self.broken: int | None = None
        self.url = ""
        self._told = threading.Condition()
        self._version = 0
        self.closing = False

    def change(self) -> None:
        """Tell everybody who listens that something is another."""
        with self._told:
            self._version += 1
            self._told.notify_all()

    def wait(self, seen: int) -> int:
        """Return the number of the next change, or of this one after a while."""
        with self._told:
            self._told.wait_for(lambda: self._version != seen or self.closing, timeout=1)
            return self._version

    def answer(self, method: str, path: list[str], project: str) -> tuple[int, Any]:
        """Return a status and what is answered."""
        if self.broken:
            return self.broken, "<html>A proxy speaks</html>"
        project = project or "default"
        if path[:1] == ["tools"] and len(path) == 4:
            return self._tool(method, *path[1:])
        if project not in self.cards:
            return 403, _problem("forbidden", 403, f"You are not in the project {project}.")
        if path == ["environment"]:
            return 200, {"env": self.environments[project], "expires": None}
        return 200, {"project": project, "projects": list(self.cards), "tools": self.cards[project]}

    def _tool(self, method: str, project: str, name: str, action: str) -> tuple[int, Any]:
        found = next((card for card in self.cards.get(project, []) if card["name"] == name), None)
        if found is None:
            return 404, _problem("not-found", 404, f"There is no tool {name} in {project}.")
        if action == "log":
            return 200, {"lines": ["Started", "Listening"]}
        if action == "credentials":
            secret = self.environments[project].get("AWS_SECRET_ACCESS_KEY", SECRET)
            return 200, {"user": "alice-1", "secret": secret, "address": "http://127.0.0.1:9"}
        if action == "rotate":
            self.environments[project] |= {"AWS_SECRET_ACCESS_KEY": "another-secret"}
        else:
            found["state"] = {"start": "ready", "stop": "stopped"}[action]
        self.change()
        return 200, found


def card(name: str, kind: str, state: str = "ready", **more: Any) -> dict[str, Any]:
    """Return a tool as the door tells of it."""
    return {
        "name": name,
        "kind": kind,
        "title": {"mlflow": "MLflow", "s3": "S3 store", "orthanc": "Orthanc", "ohif": "OHIF"}.get(kind, name),
        "url": f"/services/maia-tools/default/{name}/",
        "state": state,
        "since": "2026-11-21T08:00:00+00:00",
        "reason": "",
        "progress": None,
        "doing": "",
        "version": "",
        "local": True,
        "opens": "page",
        "page": "sandboxed",
        "fact": None,
        **more,
    }


def _problem(code: str, status: int, detail: str) -> dict[str, Any]:
    return {"type": f"urn:maia-hub:problem:{code}", "title": code, "status": status, "detail": detail}


class _Server(ThreadingHTTPServer):
    door: ToolsDoor

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who has gone while it was answered is no error."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        door, parts = self.server.door, urlsplit(self.path)
        path = parts.path.removeprefix("/services/maia-tools/api/").split("/")
        project = parse_qs(parts.query).get("project", [""])[0]
        door.asked.append((self.command, self.path))
        time.sleep(door.slow)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._send(403, _problem("not-signed-in", 403, "Sign in first."))
        elif path == ["events"] and not door.broken:
            self._stream(door, project)
        else:
            self._send(*door.answer(self.command, path, project))

    def _send(self, status: int, value: Any) -> None:
        body = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, door: ToolsDoor, project: str) -> None:
        status, told = door.answer("GET", ["tools"], project)
        if status != 200:
            self._send(status, told)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        seen = -1
        while not door.closing and not door.broken:
            now = door.wait(seen)
            told = json.dumps(door.answer("GET", ["tools"], project)[1])
            self.wfile.write(
                f"event: tools\ndata: {told}\n\n".encode() if now != seen else b": still here\n\n"
            )
            seen = now


@contextmanager
def tools_door() -> Iterator[ToolsDoor]:
    """Let one stand for a while."""
    door = ToolsDoor()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.door = door
    door.url = f"http://127.0.0.1:{server.server_address[1]}/services/maia-tools"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield door
    finally:
        door.closing = True
        door.change()
        server.shutdown()
        serving.join()
        server.server_close()


@contextmanager
def known_tools_door(monkeypatch: pytest.MonkeyPatch) -> Iterator[ToolsDoor]:
    """Let one stand for a while, of which the workspace of a project is told."""
    with tools_door() as door:
        monkeypatch.setenv("MAIA_TOOLS_URL", door.url)
        monkeypatch.setenv("MAIA_PROJECT", "default")
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", TOKEN)
        yield door


@contextmanager
def panel_of(app: Any, fetch: Any, loop: Any, header: Any, *, subject: str, desk: str) -> Iterator[Panel]:
    """Ask the routes of a panel of a Jupyter server; its desk, in the settings by that name, is closed in the end."""
    url = f"http://localhost:{app.port}{app.base_url}".rstrip("/")
    yield Panel(fetch, url, header, subject)
    made = app.web_app.settings.get(desk)
    if made:
        loop.run_until_complete(made.close())
