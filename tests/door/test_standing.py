"""What is under way ends with the sign-in or the membership of whoever asked, tried with real HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from tests.door.conftest import ACCESS, PREFIX, Running, leave, member
from tests.door.tool import ToolServer
from tests.platform import eventually

BASE = f"{PREFIX}/vision/echo"
Opened = AbstractContextManager[httpx.Response]
SignOut = Callable[[], object]


@pytest.fixture
def hasty(door: Running) -> Running:
    """The door, which asks the hub every moment."""
    moment = timedelta(seconds=0.1)
    door.settings = replace(door.settings, token_cache=moment, revalidate=moment, session_cache=moment)
    door.site = replace(door.site, recheck=0.2)
    door.restart()
    return door


@pytest.fixture
def eve(hasty: Running) -> str:
    """A member of the project who will not stay one."""
    member(hasty.hub, "eve", "MAIA:vision")
    return "eve"


def ends(parts: Iterator[bytes], within: float = 180.0) -> None:
    """Read on to the end, which comes before so many seconds have passed."""
    until = time.monotonic() + within
    for _ in parts:
        assert time.monotonic() < until, f"it still flows after {within:g} s"


def by_token(door: Running, user: str, url: str) -> tuple[Opened, SignOut]:
    token = door.hub.token(user, ACCESS)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.stream("GET", url, headers=headers, timeout=20), lambda: door.hub.take_back(user, token)


def by_cookie(door: Running, user: str, url: str) -> tuple[Opened, SignOut]:
    browser = door.browser(user)

    def sign_out() -> None:
        browser.get(f"{PREFIX}/logout", follow_redirects=False)

    headers = {"Cookie": "; ".join(f"{c.name}={c.value}" for c in browser.cookies.jar if c.path == PREFIX)}
    return httpx.stream("GET", url, headers=headers, timeout=20), sign_out


@pytest.mark.parametrize("shown", [by_token, by_cookie], ids=["token", "cookie"])
@pytest.mark.parametrize("how", ["signed out", "no member"])
def test_a_stream_of_events_ends(
    hasty: Running, tool: ToolServer, eve: str, shown: Callable[..., tuple[Opened, SignOut]], how: str
) -> None:
    before = tool.gone
    opened, sign_out = shown(hasty, eve, f"{hasty.hub.url}{BASE}/events")
    with opened as answer:
        parts = answer.iter_raw()
        assert next(parts).startswith(b"data: 0")
        if how == "no member":
            leave(hasty.hub, eve, "MAIA:vision")
        else:
            sign_out()
        ends(parts)
    eventually(lambda: tool.gone > before, "the tool's end of it is closed")


def test_a_download_breaks_off_and_does_not_look_whole(hasty: Running, tool: ToolServer, eve: str) -> None:
    before = tool.gone
    opened, _ = by_token(hasty, eve, f"http://127.0.0.1:{hasty.port}{BASE}/bytes/5000000000000")
    with opened as answer:
        parts = answer.iter_raw()
        next(parts)
        leave(hasty.hub, eve, "MAIA:vision")
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            ends(parts)
    eventually(lambda: tool.gone > before, "the tool's end of it is closed")


def test_a_download_that_is_read_slowly_is_cut_as_well(hasty: Running, tool: ToolServer, eve: str) -> None:
    before = tool.gone
    opened, sign_out = by_cookie(hasty, eve, f"{hasty.hub.url}{BASE}/bytes/5000000000000")
    with opened as answer:
        next(answer.iter_raw())
        sign_out()
        eventually(lambda: tool.gone > before, "the tool's end of it is closed")


def test_who_stays_a_member_reads_on(hasty: Running) -> None:
    with hasty.program("alice").stream("GET", "vision/echo/events") as answer:
        lines = (line for line in answer.iter_lines() if line)
        assert [next(lines) for _ in range(20)][-1] == "data: 19"


def test_an_upload_under_way_is_cut(hasty: Running, tool: ToolServer, eve: str) -> None:
    before, others = tool.gone, tool.begun
    token = hasty.hub.token(eve, ACCESS)

    def parts() -> Iterator[bytes]:
        yield b"x" * 1_000_000
        eventually(lambda: tool.begun > others, "the tool takes it")
        leave(hasty.hub, eve, "MAIA:vision")
        eventually(lambda: tool.gone > before, "the tool's end of it is closed")

    url, headers = f"{hasty.hub.url}{BASE}/upload", {"Authorization": f"Bearer {token}"}
    answer = httpx.put(url, headers=headers, content=parts(), timeout=20)
    assert answer.status_code == 404, answer.text
