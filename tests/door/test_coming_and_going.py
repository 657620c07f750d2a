"""Tools that run elsewhere come, change and go while the door is open; one with which something is amiss stays shut."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from maia_hub.tools.kinds import kind_called
from maia_hub.tools.model import Credentials
from tests.door.conftest import ECHO, Running, vision
from tests.door.tool import ToolServer
from tests.platform import eventually
from tests.ports import free_port

WHY = "Its Secret is not there, or has no password."


@pytest.fixture
def quick(door: Running) -> Running:
    door.every = 0.2
    door.restart()
    return door


class Refuses(BaseHTTPRequestHandler):
    """Answers as stores do to who is not signed in."""

    def do_GET(self) -> None:
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def store() -> Iterator[str]:
    """An object store elsewhere, which knows nothing of the platform."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def card(program: httpx.Client, name: str) -> dict[str, Any]:
    """Return the card of a tool; empty if there is none."""
    cards = program.get("api/tools", params={"project": "vision"}).json()["tools"]
    return next((each for each in cards if each["name"] == name), {})


def test_a_tool_that_comes_is_asked_and_one_that_goes_is_gone(quick: Running, tool: ToolServer) -> None:
    alice = quick.program("alice")
    assert card(alice, "later") == {}
    quick.tools.append(vision(tool, name="later"))
    eventually(lambda: card(alice, "later").get("state") == "ready", "the new tool is asked")
    assert alice.get("vision/later/hello").json()["path"] == "/hello"
    quick.tools.pop()
    assert card(alice, "later") == {}
    assert alice.get("vision/later/hello").status_code == 404


def test_a_tool_that_changes_is_asked_as_it_is_now(quick: Running, tool: ToolServer) -> None:
    alice = quick.program("alice")
    eventually(lambda: card(alice, "echo").get("state") == "ready", "it is asked")
    quick.tools[0] = vision(tool, address=f"http://127.0.0.1:{free_port()}")
    eventually(lambda: card(alice, "echo").get("state") == "unreachable", "it is asked where it is now")


def test_what_is_amiss_is_said_and_nothing_is_forwarded(quick: Running, tool: ToolServer) -> None:
    kind = replace(ECHO, environment={"ECHO_AT": "{address}"})
    quick.tools[0] = vision(tool, kind=kind, address="", credentials=Credentials(), wrong=WHY)
    alice, seen = quick.program("alice"), len(tool.seen)
    eventually(lambda: card(alice, "echo").get("state") == "failing", "it is known")
    assert card(alice, "echo")["reason"] == WHY
    answer = alice.get("vision/echo/hello")
    assert (answer.status_code, len(tool.seen)) == (503, seen)
    assert WHY in answer.text
    assert alice.get("api/environment", params={"project": "vision"}).json()["env"] == {}


def test_what_a_tool_does_not_tell_is_left_out_and_the_rest_is_told(quick: Running) -> None:
    told = {"ECHO_PORT": "{extra[dicom_port]}", "ECHO_URL": "{url}"}
    quick.tools[0] = replace(quick.tools[0], kind=replace(ECHO, environment=told))
    alice = quick.program("alice")
    eventually(lambda: card(alice, "echo").get("state") == "ready", "it is asked")
    env = alice.get("api/environment", params={"project": "vision"}).json()["env"]
    assert list(env) == ["ECHO_URL"]


def test_an_object_store_elsewhere_is_ready_when_it_answers(quick: Running, store: str) -> None:
    word = Credentials("of-the-project", "hush")
    s3 = replace(quick.tools[0], name="store", kind=kind_called("s3"), address=store, credentials=word)
    quick.tools.append(s3)
    alice = quick.program("alice")
    eventually(lambda: card(alice, "store").get("state") == "ready", "it is asked")
    env = alice.get("api/environment", params={"project": "vision"}).json()["env"]
    assert (env["S3_ENDPOINT_URL"], env["AWS_ACCESS_KEY_ID"]) == (store, "of-the-project")
