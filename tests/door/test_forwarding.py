"""What passes between a program and a tool, over real HTTP through the hub's proxy and the door."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from tests.door.conftest import PREFIX, SECRET, Running
from tests.door.tool import ToolServer
from tests.platform import eventually
from tests.ports import free_port
from tests.service.hub import Hub

BASE = f"{PREFIX}/vision/echo"


def test_a_tool_gets_its_own_credentials_and_nothing_that_people_are_known_by(
    door: Running, tool: ToolServer
) -> None:
    program = door.program(
        "alice",
        Cookie="jupyterhub-user-alice=1; _xsrf=2; maia-session=3",
        **{"X-XSRFToken": "4", "X-Custom": "kept", "Connection": "keep-alive, X-Hop", "X-Hop": "5"},
    )
    token = program.headers["Authorization"].partition(" ")[2]
    answer = program.post("vision/echo/a/path?q=1&r=%2F", content=b"said")
    said = answer.json()
    assert (said["method"], said["path"], said["body"]) == ("POST", "/a/path?q=1&r=%2F", "said")
    assert httpx.BasicAuth("maia", SECRET)._auth_header == said["headers"]["authorization"]
    assert said["headers"]["x-custom"] == "kept"
    assert not {"cookie", "x-xsrftoken", "x-hop", "origin", "referer"} & set(said["headers"])
    assert token not in answer.text
    assert said["headers"]["x-forwarded-prefix"] == BASE
    assert said["headers"]["x-forwarded-host"] == door.hub.url.removeprefix("http://")
    assert "set-cookie" not in answer.headers


def test_a_member_of_another_project_reaches_no_tool_of_this_one(door: Running, tool: ToolServer) -> None:
    before = len(tool.seen)
    for user in ("bob", "dave"):
        for path in ("vision/echo/", "vision/echo/x", "vision/nothing/", "default/echo/"):
            assert door.program(user).get(path).status_code == 404, (user, path)
        assert door.browser(user).get(f"{BASE}/x").status_code == 404
    assert len(tool.seen) == before


def test_who_shows_nothing_is_led_to_the_sign_in_or_refused(door: Running, hub: Hub) -> None:
    looked = httpx.get(f"{hub.url}{BASE}/?a=b", headers={"Accept": "text/html"})
    assert looked.status_code == 302
    assert looked.headers["location"] == f"{PREFIX}/login?next={BASE}/%3Fa%3Db"
    for framed, status in (("same-origin", 302), ("cross-site", 401)):
        headers = {"Accept": "text/html", "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": framed}
        assert httpx.get(f"{hub.url}{BASE}/", headers=headers).status_code == status
    assert httpx.get(f"{hub.url}{BASE}/").status_code == 401
    wrong = httpx.get(f"{hub.url}{BASE}/", headers={"Authorization": "Bearer nothing-that-the-hub-knows"})
    assert wrong.status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/../api/tools",
        "/a/../../lungs",
        "/%2e%2e/x",
        "/a%2f..%2fx",
        "/%252e%252e%252fx",
        "/a/%2e/b",
        "/..%5cx",
        "/a%00b",
        "/..;/x",
        "/%25252e%25252e/x",
    ],
)
def test_no_step_leads_out_of_a_tool(door: Running, tool: ToolServer, path: str) -> None:
    before = len(tool.seen)
    headers = {"Authorization": f"Bearer {door.hub.token('alice', ('access:services!service=maia-tools',))}"}
    raw = httpx.URL(f"http://127.0.0.1:{door.port}").copy_with(raw_path=f"{BASE}{path}".encode())
    assert httpx.get(raw, headers=headers).status_code in (404, 422)
    assert len(tool.seen) == before


def test_an_encoded_slash_stays_one(door: Running) -> None:
    said = door.program("alice").get("vision/echo/artifacts/a%2Fb%20c").json()
    assert said["path"] == "/artifacts/a%2Fb%20c"


def test_where_a_tool_leads_is_behind_the_door(door: Running, tool: ToolServer) -> None:
    program = door.program("alice")
    for to, led in {
        "/next?a=1": f"{BASE}/next?a=1",
        f"{tool.url}/next": f"{BASE}/next",
        "next/page": "next/page",
        "https://elsewhere.example/x": "https://elsewhere.example/x",
        "//elsewhere.example/x": "//elsewhere.example/x",
    }.items():
        answer = program.get("vision/echo/move", params={"to": to})
        assert (answer.status_code, answer.headers["location"]) == (302, led)


def test_an_upload_of_unknown_length_arrives_whole(door: Running) -> None:
    digest = hashlib.sha256()

    def parts() -> Iterator[bytes]:
        for number in range(300):
            part = bytes([number % 256]) * 400_000
            digest.update(part)
            yield part

    said = door.program("alice").put("vision/echo/upload", content=parts()).json()
    assert said == {"length": 120_000_000, "sha256": digest.hexdigest()}


@pytest.mark.parametrize("how", ["", "?chunked"])
def test_a_download_of_more_than_a_hundred_megabytes_arrives_whole(door: Running, how: str) -> None:
    got = 0
    with door.program("alice").stream("GET", f"vision/echo/bytes/150000000{how}") as answer:
        assert ("content-length" in answer.headers) == (not how)
        for part in answer.iter_raw():
            got += len(part)
    assert got == 150_000_000


def test_head_has_the_length_and_no_body(door: Running) -> None:
    answer = door.program("alice").head("vision/echo/bytes/1234")
    assert (answer.headers["content-length"], answer.content) == ("1234", b"")


def test_a_range_is_the_tool_s_to_answer(door: Running) -> None:
    said = door.program("alice", Range="bytes=5-9").get("vision/echo/x").json()
    assert said["headers"]["range"] == "bytes=5-9"


def test_events_come_one_by_one_and_end_with_the_browser(door: Running, tool: ToolServer) -> None:
    before = tool.gone
    with door.program("alice").stream("GET", "vision/echo/events") as answer:
        lines = answer.iter_lines()
        assert [next(lines), next(lines), next(lines)] == ["data: 0", "", "data: 1"]
    eventually(lambda: tool.gone > before, "the tool's end of it is closed")


def test_a_download_that_nobody_reads_any_more_ends_at_the_tool(door: Running, tool: ToolServer) -> None:
    before = tool.gone
    with door.program("alice").stream("GET", "vision/echo/bytes/5000000000") as answer:
        next(answer.iter_raw())
    eventually(lambda: tool.gone > before, "the tool's end of it is closed")


def test_an_upload_that_breaks_off_breaks_off_at_the_tool(door: Running, tool: ToolServer) -> None:
    before = tool.gone

    def parts() -> Iterator[bytes]:
        yield b"x" * 1_000_000
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        door.program("alice").put("vision/echo/upload", content=parts())
    eventually(lambda: tool.gone > before, "the tool's end of it is closed")


def test_a_dead_tool_is_told_of_in_plain_words(door: Running) -> None:
    door.tools[:] = [replace(door.tools[0], address=f"http://127.0.0.1:{free_port()}")]
    answer = door.program("alice").get("vision/echo/x")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert "Echo does not answer now" in answer.json()["detail"]
    page = door.browser("alice").get(f"{BASE}/x", headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "<h1>Not available at the moment</h1>" in page.text
    assert SECRET not in page.text + answer.text


def test_a_tool_that_refuses_the_platform_asks_nobody_for_a_password(door: Running) -> None:
    answer = door.program("alice").get("vision/echo/x?status=401")
    assert answer.status_code == 503
    assert "www-authenticate" not in answer.headers


def test_an_answer_that_breaks_off_does_not_look_whole(door: Running) -> None:
    headers = {"Authorization": f"Bearer {door.hub.token('alice', ('access:services!service=maia-tools',))}"}
    with pytest.raises(httpx.RemoteProtocolError):  # the hub's proxy would leave its end open
        httpx.get(f"http://127.0.0.1:{door.port}{BASE}/cut", headers=headers, timeout=20)


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Content-Length: 4\r\nContent-Length: 60\r\n",
        "Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n",
        "Transfer-Encoding : chunked\r\nContent-Length: 4\r\n",
        "X-A: b\n\nGET /smuggled HTTP/1.1\r\nContent-Length: 0\r\n",
    ],
)
def test_no_second_request_is_hidden_in_a_first(door: Running, tool: ToolServer, framing: str) -> None:
    before = len(tool.seen)
    token = door.hub.token("alice", ("access:services!service=maia-tools",))
    hidden = f"GET {BASE}/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    head = f"POST {BASE}/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{framing}\r\n"
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as raw:
        raw.sendall(f"{head}0\r\n\r\n{hidden}".encode())
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(65536):
            pass
    assert all("smuggled" not in str(said["path"]) for said in tool.seen[before:])
