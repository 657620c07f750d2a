"""WebSockets through the hub's proxy and the door: messages of any size, both ways, for members alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.door.conftest import ACCESS, PREFIX, Running

LARGE = 12 * 2**20


def opened(door: Running, user: str, **options: Any) -> ClientConnection:
    headers = {"Authorization": f"Bearer {door.hub.token(user, ACCESS)}", "Cookie": "a=b"}
    url = f"{door.hub.url}{PREFIX}/vision/echo/socket?x=1".replace("http", "ws", 1)
    socket: ClientConnection = connect(url, additional_headers=headers, max_size=None, proxy=None, **options)
    return socket


def test_messages_pass_both_ways_whatever_their_size(door: Running) -> None:
    with opened(door, "alice") as socket:
        told = json.loads(socket.recv())
        assert "cookie" not in told
        assert told["authorization"].startswith("Basic ")
        socket.send("å text")
        assert socket.recv() == "å text"
        socket.send(b"\x00" * LARGE)
        assert len(socket.recv()) == LARGE


def test_the_protocol_and_the_code_of_the_end_are_the_tool_s(door: Running) -> None:
    with opened(door, "alice", subprotocols=["other", "chat"]) as socket:
        assert socket.subprotocol == "chat"
        socket.recv()
        socket.send("end")
        with pytest.raises(ConnectionClosed) as ended:
            socket.recv()
    assert ended.value.rcvd is not None
    assert (ended.value.rcvd.code, ended.value.rcvd.reason) == (4321, "as asked")


def test_who_is_no_member_opens_none(door: Running) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(door, "bob"):
        pass
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize("origin", ["null", "http://elsewhere.example", None])
def test_a_page_of_another_origin_opens_none_with_the_cookie(door: Running, origin: Any) -> None:
    cookie = "; ".join(f"{c.name}={c.value}" for c in door.browser("alice").cookies.jar if c.path == PREFIX)
    url = f"{door.hub.url}{PREFIX}/vision/echo/socket".replace("http", "ws", 1)
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(url, additional_headers={"Cookie": cookie}, origin=origin, proxy=None),
    ):
        pass
    assert refused.value.response.status_code == 403
    own: Any = door.hub.url
    with connect(url, additional_headers={"Cookie": cookie}, origin=own, proxy=None) as socket:
        assert "cookie" not in json.loads(socket.recv())


def test_one_ends_with_the_sign_in_that_opened_it(door: Running) -> None:
    door.site = replace(door.site, recheck=0.2)
    door.restart()
    browser = door.browser("alice")
    cookie = "; ".join(f"{c.name}={c.value}" for c in browser.cookies.jar if c.path == PREFIX)
    url = f"{door.hub.url}{PREFIX}/vision/echo/socket".replace("http", "ws", 1)
    own: Any = door.hub.url
    with connect(url, additional_headers={"Cookie": cookie}, origin=own, proxy=None) as socket:
        socket.recv()
        socket.send("still")
        assert socket.recv() == "still"
        browser.get(f"{PREFIX}/logout", follow_redirects=False)
        with pytest.raises(ConnectionClosed) as ended:
            socket.recv(timeout=20)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1008
