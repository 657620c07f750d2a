"""Webhooks: to a real HTTP server, and to no host that the site has not listed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from apprise.plugins.mattermost import NotifyMattermost
from apprise.plugins.slack import NotifySlack
from apprise.plugins.workflows import NotifyWorkflows

from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import UserName
from maia_hub.core.notifying import Letter
from maia_hub.outward import Refused, Unreachable
from maia_hub.outward.hooks import Hooks, masked, opened

KEY = "abcdefghijklmnopqrstuvwx01"
SLACK = "https://hooks.slack.com/services/T0123456A/B0123456A/abcdefghijklmnopqrstuvwx"
TEAMS = (
    "https://prod-1.westeurope.logic.azure.com:443/workflows/643e69f83c8944438d68119179a10a64/triggers/manual/paths/"
    "invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abcdefgh-123"
)
HOSTS = ["hooks.slack.com", "*.logic.azure.com", "chat.example.org"]
NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


class Chat:
    """A Mattermost as far as its incoming webhooks go; ``status`` is what it answers."""

    def __init__(self) -> None:
        self.came: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        self.elsewhere = ""
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                chat.came.append((self.path, json.loads(body)))
                self.send_response(chat.status)
                self.send_header("Content-Length", "0")
                if chat.elsewhere:
                    self.send_header("Location", chat.elsewhere)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"

    def letter(self, path: str = "/hooks/") -> Letter:
        return Letter(
            user=UserName("ada"),
            key="hook:test:1",
            to=f"{self.origin}{path}{KEY}",
            subject="1 × A6000: your time ends",
            text="It ends at 13:00.\n\nhttps://gpu.example.org/\n",
            made=NOON,
            at=NOON,
            until=NOON + timedelta(days=1),
        )


@pytest.fixture
def chat() -> Iterator[Chat]:
    made = Chat()
    thread = Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.mark.parametrize("path", ["/hooks/", "/sub/path/hooks/"])
def test_a_message_comes_into_the_channel(chat: Chat, path: str) -> None:
    Hooks([chat.origin]).send(chat.letter(path))
    ((asked, said),) = chat.came
    assert asked == f"{path}{KEY}"
    assert said["username"] == "MAIA Hub"
    assert "1 × A6000: your time ends" in said["text"]
    assert "It ends at 13:00." in said["text"]
    assert not any("apprise" in str(value).lower() for value in said.values())


@pytest.mark.parametrize("status", [404, 429, 500])
def test_what_is_not_taken_is_worth_another_try(
    chat: Chat, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    chat.status = status
    with caplog.at_level(logging.INFO), pytest.raises(Unreachable) as told:
        Hooks([chat.origin]).send(chat.letter())
    assert len(chat.came) == 1
    assert KEY not in caplog.text + str(told.value)


@pytest.mark.parametrize("status", [302, 307, 308])
def test_a_listed_host_sends_nobody_to_another_one(chat: Chat, status: int) -> None:
    chat.status, chat.elsewhere = status, f"{chat.origin}/elsewhere"
    with pytest.raises(Unreachable):
        Hooks([chat.origin]).send(chat.letter())
    assert [path for path, _ in chat.came] == [f"/hooks/{KEY}"]


def test_a_chat_that_is_away_is_worth_another_try(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    away = replace(chat.letter(), to=f"http://127.0.0.1:9/hooks/{KEY}")
    with caplog.at_level(logging.INFO), pytest.raises(Unreachable):
        Hooks(["http://127.0.0.1:9"]).send(away)
    assert KEY not in caplog.text


def test_a_host_that_is_not_listed_any_more_is_not_asked(chat: Chat) -> None:
    with pytest.raises(Refused):
        Hooks(HOSTS).send(chat.letter())
    assert chat.came == []


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (SLACK, NotifySlack),
        (TEAMS, NotifyWorkflows),
        (f"https://chat.example.org/hooks/{KEY}", NotifyMattermost),
    ],
)
def test_the_programs_own_addresses_are_understood(url: str, kind: type) -> None:
    assert type(opened(url, HOSTS)) is kind


@pytest.mark.parametrize(
    "url",
    [
        "",
        "chat.example.org",
        "ftp://chat.example.org/hooks/" + KEY,
        "http://chat.example.org/hooks/" + KEY,
        "https://chat.example.org:8443/hooks/" + KEY,
        "https://chat.example.org.evil.example/hooks/" + KEY,
        "https://evil.example/chat.example.org/hooks/" + KEY,
        "https://chat.example.org@169.254.169.254/hooks/" + KEY,
        "https://169.254.169.254\\@chat.example.org/hooks/" + KEY,
        "https://logic.azure.com/workflows/x",
        "https://xlogic.azure.com/workflows/x",
        "https://chat.example.org/",
        "https://chat.example.org/hooks/../admin",
        f"https://chat.example.org/hooks/{KEY}?to=http://169.254.169.254",
        f"https://chat.example.org/hooks/{KEY}\r\nHost: evil",
        "https://hooks.slack.com/",
        "https://hooks.slack.com/services/T0/B0",
        "https://[::1]/hooks/" + KEY,
        "https://chat.example.org:99999/hooks/" + KEY,
    ],
)
def test_what_is_no_webhook_of_a_listed_host_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        opened(url, HOSTS)


def test_where_no_host_is_listed_none_is_asked() -> None:
    with pytest.raises(InvalidInput, match="not sent to"):
        opened(SLACK, [])


def test_of_an_address_only_the_host_is_shown() -> None:
    assert masked(SLACK) == "https://hooks.slack.com/…"
