"""A kernel in a user's own server, reached as a browser reaches it: through proxy, REST API and WebSocket."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import websocket

from tests.platform import Platform

TIMEOUT = 120


class RemoteKernel:
    """Runs cells in a kernel of the server and returns their outputs."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def run(self, code: str) -> list[dict[str, Any]]:
        """Run one cell until the kernel is idle again."""
        message_id = uuid.uuid4().hex
        self._socket.send(json.dumps(_request(message_id, code)))
        outputs: list[dict[str, Any]] = []
        while True:
            message = json.loads(self._socket.recv())
            if message.get("parent_header", {}).get("msg_id") != message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return outputs
            if kind in {"stream", "error", "display_data", "execute_result"}:
                outputs.append({"type": kind, **content})


def _request(message_id: str, code: str) -> dict[str, Any]:
    header = {
        "msg_id": message_id,
        "username": "",
        "session": "tests",
        "msg_type": "execute_request",
        "version": "5.3",
    }
    content = {
        "code": code,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
    }
    return {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}


@contextmanager
def kernel_in(platform: Platform, user: str, notebook: Path, name: str = "python3") -> Iterator[RemoteKernel]:
    """Put the notebook into the user's home and yield a kernel for it."""
    base, token = f"/user/{user}", platform.token(user)
    headers = {"Authorization": f"token {token}"}
    with httpx.Client(base_url=platform.url, headers=headers, timeout=TIMEOUT, trust_env=False) as server:
        content = {"type": "notebook", "format": "json", "content": json.loads(notebook.read_text())}
        server.put(f"{base}/api/contents/{notebook.name}", json=content).raise_for_status()
        session = {"path": notebook.name, "type": "notebook", "name": "", "kernel": {"name": name}}
        started = server.post(f"{base}/api/sessions", json=session).raise_for_status().json()
        address = f"{platform.url}{base}/api/kernels/{started['kernel']['id']}/channels".replace(
            "http", "ws", 1
        )
        socket = websocket.create_connection(
            address, timeout=TIMEOUT, header=[f"Authorization: token {token}"]
        )
        try:
            yield RemoteKernel(socket)
        finally:
            socket.close()
            server.delete(f"{base}/api/sessions/{started['id']}")
