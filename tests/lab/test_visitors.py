"""Nobody else is served in a server before the service knows that she is there; its owner sees who it was."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing

import httpx
import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError
from tornado.websocket import WebSocketHandler, websocket_connect

from maia_hub.core.errors import Forbidden, Unavailable
from maia_lab.visitors import Visitors
from tests.platform import Platform, eventually

CONTENTS = "/user/alice/api/contents"


def opened(browser: httpx.Client, path: str) -> httpx.Response:
    """Open a page of another one's server: the hub asks once whether that server may know one's name."""
    page = browser.get(path)
    if "oauth2/authorize" in str(page.url) and page.status_code == 200:
        scopes = re.findall(r'name="scopes"[^>]*value="([^"]*)"', page.text)
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert xsrf
        page = browser.post(str(page.url), data={"_xsrf": xsrf[1], "scopes": scopes})
    return page


def test_the_owner_sees_who_was_in_her_server_and_the_audit_log_has_it(platform: Platform) -> None:
    platform.start_server("alice")
    with closing(platform.session("admin")) as admin, platform.client("alice") as alice:
        assert opened(admin, "/user/alice/lab").status_code == 200
        assert admin.get(CONTENTS).status_code == 200
        state = alice.state()
        (visit,) = state.sessions[0].visits
        assert (visit.visitor, visit.here) == ("admin", True)
        assert [n.title for n in state.notices] == ["admin has opened your server"]
        admin.get("/services/maia/")
        found = admin.get("/services/maia/api/v1/admin/audit", params={"action": "server.visited"}).json()
        assert [(e["actor"], e["user"]) for e in found] == [("admin", "alice")]


def test_without_the_service_nobody_but_the_owner_is_served(platform: Platform) -> None:
    with closing(platform.session("bob")) as bob, closing(platform.session("alice")) as alice:
        assert opened(bob, "/user/alice/lab").status_code == 403
        with closing(platform.session("admin")) as admin:
            platform.kill("service", 19)  # SIGSTOP: it is there and never answers
            try:
                assert opened(admin, "/user/alice/lab").status_code == 503
                assert alice.get("/user/alice/lab").status_code == 200
            finally:
                platform.kill("service", 18)
            eventually(lambda: admin.get(CONTENTS).status_code == 200, "it answers again")


class Hands:
    """What the service says, and a clock that stands."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked: list[str] = []
        self.error: Exception | None = None

    async def ask(self, token: str) -> float:
        self.asked.append(token)
        if self.error:
            raise self.error
        return 30.0


async def told(visitors: Visitors, name: str, token: str = "t") -> int:
    try:
        await visitors.admit(name, token, None)
    except HTTPError as e:
        return e.status_code
    return 200


@pytest.mark.asyncio
async def test_the_service_is_asked_once_for_many_requests_and_again_after_a_while() -> None:
    hands = Hands()
    visitors = Visitors("alice", hands.ask, lambda: hands.now)
    assert await asyncio.gather(*(told(visitors, "tom") for _ in range(5))) == [200] * 5
    assert await told(visitors, "alice", "hers") == 200
    assert hands.asked == ["t"]
    hands.now = 31.0
    hands.error = Forbidden("The class is over.")
    assert await told(visitors, "tom") == 403
    hands.error = Unavailable("It does not answer.")
    assert await told(visitors, "tom") == 503
    hands.error = None
    assert await told(visitors, "tom") == 200
    assert await told(visitors, "tom", "another") == 200
    assert hands.asked == ["t", "t", "t", "t", "another"]


@pytest.mark.asyncio
async def test_an_open_connection_is_cut_when_its_visitor_may_be_there_no_more() -> None:
    hands = Hands()
    visitors = Visitors("alice", hands.ask, lambda: hands.now, again=0.02)

    class Channel(WebSocketHandler):
        async def prepare(self) -> None:
            await visitors.admit("tom", "t", self)

    server = HTTPServer(Application([("/", Channel)]))
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    connection = await websocket_connect(f"ws://127.0.0.1:{socket.getsockname()[1]}/")
    hands.now, hands.error = 31.0, Unavailable("It does not answer.")
    while len(hands.asked) < 3:
        await asyncio.sleep(0.01)
    assert connection.protocol is not None
    assert not connection.protocol.client_terminated, "a service that is away for a moment cuts nobody"
    hands.error = Forbidden("The class is over.")
    assert await asyncio.wait_for(connection.read_message(), 10) is None
    assert connection.close_code == 1008
    connection.close()
    server.stop()
    await server.close_all_connections()
