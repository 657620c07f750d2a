"""A server whose user has gone is culled, however many streams about it are open."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import httpx
import pytest

from tests.platform import Platform, eventually

IDLE = 8
"""Seconds without activity after which the culler stops a server."""


@pytest.fixture(scope="module")
def culling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    platform = Platform(tmp_path_factory.mktemp("culling") / "data", arguments=["--cull-idle", str(IDLE)])
    try:
        yield platform.start()
    finally:
        platform.stop()


def follow(platform: Platform, user: str, over: threading.Event, heard: list[str]) -> None:
    """Keep an event stream open, as the panel of an open tab does, and note what comes."""
    with closing(platform.session(user)) as browser:
        browser.get("/services/maia/").raise_for_status()
        with (
            suppress(httpx.HTTPError),
            browser.stream("GET", "/services/maia/api/v1/events", timeout=30) as stream,
        ):
            for line in stream.iter_lines():
                heard.append(line)
                if over.is_set():
                    return


def test_streams_and_heartbeats_do_not_keep_an_idle_server_alive(culling: Platform) -> None:
    culling.start_server("alice")
    over, heard = threading.Event(), list[str]()
    tab = threading.Thread(target=follow, args=(culling, "alice", over, heard))
    tab.start()
    try:
        eventually(lambda: culling.server("alice") is None, "the idle server to be culled")
    finally:
        over.set()
        tab.join()
    assert sum(line.startswith("event: time") for line in heard) >= 1, heard


def test_a_user_at_work_keeps_her_server_and_so_does_one_with_a_booked_gpu(culling: Platform) -> None:
    culling.book("alice", 300)
    culling.start_server("alice", "booked")
    culling.start_server("bob")
    token = {"Authorization": f"token {culling.token('bob')}"}
    until = time.monotonic() + 3 * IDLE
    with httpx.Client(base_url=culling.url, headers=token, trust_env=False) as http:
        while time.monotonic() < until:
            http.get("/user/bob/api/contents").raise_for_status()
            time.sleep(1)
    assert culling.server("bob") is not None
    assert culling.server("alice") is not None
