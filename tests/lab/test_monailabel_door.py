"""The door to a MONAI Label in a real Jupyter server: who may ask it, and for what."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from maia_hub.core.errors import NotFound, Unavailable
from maia_hub.monailabel import ohif, server
from maia_hub.monailabel.state import Wish
from maia_lab.monailabel.admitted import Role, admitted
from maia_lab.monailabel.serving import Address, address
from maia_lab.monailabel.tickets import PASSWORD_AGE, TOKEN_AGE, Person, Tickets
from tests.lab.monailabelserver import SECRET, Stand, door_to, monai_label
from tests.monailabel import small

pytest_plugins = ["pytest_jupyter.jupyter_server"]

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
OWN = "of this server"
ADA = Person("ada", Role.ADMIN)


@pytest.fixture
def stand() -> Iterator[Stand]:
    with monai_label() as started:
        yield started


@pytest.fixture
def door(stand: Stand, jp_fetch: Any, jp_serverapp: Any, jp_asyncio_loop: Any) -> Iterator[str]:
    """The address of the door to it."""
    with door_to(stand, jp_serverapp, jp_asyncio_loop) as address_of_it:
        yield address_of_it


@pytest.fixture
def anybody(jp_asyncio_loop: Any) -> Iterator[httpx.AsyncClient]:
    client = httpx.AsyncClient(timeout=60)
    yield client
    jp_asyncio_loop.run_until_complete(client.aclose())


async def token(
    anybody: httpx.AsyncClient, door: str, owner: dict[str, str], role: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Sign in as a program does; return the headers that it sends from then on."""
    made = (await anybody.post(f"{door}/password", headers=owner, json=role or {})).json()
    form = {"username": made["user"], "password": made["password"], "grant_type": "password"}
    answer = await anybody.post(f"{door}/open/auth/token", data=form)
    assert answer.status_code == 200, answer.text
    again = await anybody.post(f"{door}/open/auth/token", data=form)
    assert again.status_code == 401
    assert made["password"] not in again.text
    return {"Authorization": f"{answer.json()['token_type']} {answer.json()['access_token']}"}


async def test_a_program_signs_in_as_it_would_at_monai_label_and_nobody_else_is_let_in(
    anybody: httpx.AsyncClient, door: str, stand: Stand, jp_auth_header: dict[str, str]
) -> None:
    assert (await anybody.get(f"{door}/open/auth/")).json()["enabled"] is True
    for path in ("info/", "auth/token/valid", "datastore/?output=all"):
        assert (await anybody.get(f"{door}/open/{path}")).status_code == 401
    assert (await anybody.put(f"{door}/open/datastore/label?image=1", content=b"x")).status_code == 401
    assert not stand.asked
    program = await token(anybody, door, jp_auth_header)
    assert (await anybody.get(f"{door}/open/auth/token/valid", headers=program)).status_code == 200
    answer = await anybody.get(f"{door}/open/info/?a=1%2F2", headers=program)
    assert answer.json()["path"] == "/info/?a=1%2F2"
    assert "set-cookie" not in answer.headers
    (_, _, headers, _) = stand.asked[0]
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["X-Maia-Person"]
    assert program["Authorization"] not in headers.values()


async def test_bodies_pass_whole_and_a_length_without_a_body_keeps_nobody_waiting(
    anybody: httpx.AsyncClient, door: str, stand: Stand, jp_auth_header: dict[str, str]
) -> None:
    program = await token(anybody, door, jp_auth_header)
    label = bytes(range(256)) * 40_000
    sent = await anybody.put(f"{door}/open/datastore/label?image=1", content=label, headers=program)
    assert sent.json()["bytes"] == len(label)
    assert stand.asked[-1][3] == label

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield label

    sent = await anybody.post(f"{door}/open/infer/spleen", content=parts(), headers=program)
    assert sent.json()["bytes"] == 3 * len(label)


async def test_monai_labels_own_client_repeats_the_length_of_the_request_before_and_is_answered(
    anybody: httpx.AsyncClient, door: str, jp_auth_header: dict[str, str]
) -> None:
    def ask() -> bytes:
        parts = urlsplit(door)
        with closing(http.client.HTTPConnection(parts.netloc, timeout=60)) as line:
            line.request("GET", f"{parts.path}/open/train/", headers={**program, "Content-Length": "58"})
            return line.getresponse().read()

    program = await token(anybody, door, jp_auth_header)
    assert json.loads(await asyncio.to_thread(ask)) == {"path": "/train/", "bytes": 0}


async def test_a_refusal_is_heard_whole_and_nobody_hangs_up(
    anybody: httpx.AsyncClient, door: str, stand: Stand, jp_auth_header: dict[str, str]
) -> None:
    def ask() -> list[int]:
        parts = urlsplit(door)
        heard = []
        with closing(http.client.HTTPConnection(parts.netloc, timeout=60)) as line:
            for method, path, body, headers in (
                ("PUT", "datastore/label?image=1", bytes(8 * 2**20), {}),
                ("POST", "auth/token", b"password=" + bytes(9_000), {}),
                ("POST", "train/spleen", b"", program),
                ("GET", "model/spleen", None, program),
                ("GET", "auth/", None, {}),
                ("GET", "info/", None, program),
            ):
                line.request(method, f"{parts.path}/open/{path}", body, headers)
                line.auto_open = 0  # all of it by one connection
                answer = line.getresponse()
                answer.read()
                heard.append(answer.status)
        return heard

    program = await token(anybody, door, jp_auth_header)
    assert await asyncio.to_thread(ask) == [401, 413, 403, 403, 200, 200]
    assert stand.lines == [("GET", "/info/")]


async def test_a_program_trains_only_if_its_password_was_made_for_that(
    anybody: httpx.AsyncClient, door: str, stand: Stand, jp_auth_header: dict[str, str]
) -> None:
    annotator = await token(anybody, door, jp_auth_header)
    refused = await anybody.post(f"{door}/open/train/spleen", json={}, headers=annotator)
    assert refused.status_code == 403
    assert "monailabel-admin" in refused.json()["allowed"]
    assert not stand.asked
    admin = await token(anybody, door, jp_auth_header, {"role": "monailabel-admin"})
    assert (await anybody.post(f"{door}/open/train/spleen", json={}, headers=admin)).status_code == 200
    wrong = await anybody.post(f"{door}/password", json={"role": "king"}, headers=jp_auth_header)
    assert wrong.status_code == 422


async def test_only_what_is_monai_labels_own_is_behind_it(
    anybody: httpx.AsyncClient, door: str, stand: Stand, jp_auth_header: dict[str, str]
) -> None:
    async def status(method: str, path: str) -> int:
        return (await anybody.request(method, f"{door}/open/{path}", headers=jp_auth_header)).status_code

    for path in (
        "",
        "docs",
        "openapi.json",
        "proxy/dicom/studies",
        "ohif/..%2f..%2finfo",
        "infer/%2e%2e/info",
    ):
        assert await status("GET", path) == 404
    assert await status("POST", "reload") == 404
    assert await status("POST", "info/") == 405
    assert not stand.asked
    assert await status("DELETE", "train/") == 200
    assert stand.lines == [("DELETE", "/train/")]
    unknown = door.replace("spleen", "liver")
    assert (await anybody.get(f"{unknown}/open/info/", headers=jp_auth_header)).status_code == 404
    assert (await anybody.post(f"{unknown}/password", headers=jp_auth_header)).status_code == 404


async def test_a_monai_label_that_is_away_is_said_to_be(
    anybody: httpx.AsyncClient, door: str, stand: Stand, jp_auth_header: dict[str, str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        stand.url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for method in ("GET", "POST"):
            path = "info/" if method == "GET" else "infer/spleen"
            answer = await anybody.request(method, f"{door}/open/{path}", headers=jp_auth_header)
            assert answer.status_code == 503
            assert answer.json()["title"] == "Not available at the moment"


async def test_an_answer_that_is_cut_off_does_not_look_whole(
    anybody: httpx.AsyncClient, door: str, stand: Stand, jp_auth_header: dict[str, str]
) -> None:
    stand.cut = True
    for method, path in (("GET", "info/"), ("POST", "infer/spleen")):
        with pytest.raises(httpx.RemoteProtocolError):
            await anybody.request(method, f"{door}/open/{path}", headers=jp_auth_header)
    stand.cut = False
    assert (await anybody.get(f"{door}/open/info/", headers=jp_auth_header)).status_code == 200


async def test_the_users_own_servers_are_found_by_their_names(
    jp_environ: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    environment = small.environment(tmp_path / "environment")
    monkeypatch.setattr(ohif, "PINNED", small.pinned(environment))
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.py").write_text(small.APP)
    with pytest.raises(NotFound):
        address("spleen")
    try:
        wish = Wish(str(app), {"use_pretrained_model": "false"}, str(tmp_path), device="cpu")
        started = await asyncio.to_thread(server.start, environment, "spleen", wish)
        assert address("spleen") == Address(started.address, started.secret)
    finally:
        await asyncio.to_thread(server.stop, "spleen")
    with pytest.raises(Unavailable):
        address("spleen")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": OWN}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": OWN}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OWN}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_a_cookie_counts_for_pages_of_this_origin_alone(
    anybody: httpx.AsyncClient,
    door: str,
    stand: Stand,
    jp_auth_header: dict[str, str],
    headers: dict[str, str],
    status: int,
) -> None:
    lab = door.rpartition("maia/monailabel")[0]
    shown = jp_auth_header["Authorization"].partition(" ")[2]
    await anybody.get(f"{lab}tree?token={shown}")  # as a browser that has been signed in
    assert anybody.cookies
    said = {name: lab.rpartition("/a%40b")[0] if value == OWN else value for name, value in headers.items()}
    answer = await anybody.post(f"{door}/open/infer/spleen", content=b"x", headers=said)
    assert answer.status_code == status
    assert bool(stand.asked) == (status == 200)


def test_an_annotator_labels_and_infers_and_removes_trains_and_replaces_nothing() -> None:
    for method, path in (
        ("GET", "info/"),
        ("POST", "infer/spleen"),
        ("PUT", "datastore/label"),
        ("POST", "activelearning/random"),
        ("GET", "ohif/assets/app.js"),
    ):
        assert admitted(method, path, Role.ANNOTATOR)
    for method, path in (
        ("DELETE", "datastore/image"),
        ("DELETE", "datastore/label"),
        ("POST", "train/spleen"),
        ("PUT", "model/spleen"),
        ("GET", "model/spleen"),
        ("GET", "logs/"),
        ("GET", "datastore/dataset"),
        ("POST", "batch/infer/spleen"),
    ):
        assert not admitted(method, path, Role.ANNOTATOR)
        assert admitted(method, path, Role.ADMIN)


def test_passwords_are_good_once_and_tokens_until_they_expire() -> None:
    tickets = Tickets()
    first = tickets.password(ADA, NOW)
    assert tickets.exchange("eve", first.text, NOW) is None
    assert tickets.exchange("ada", first.text, NOW + PASSWORD_AGE) is None
    token = tickets.exchange("ada", first.text, NOW + PASSWORD_AGE - timedelta(seconds=1))
    assert token is not None
    assert tickets.exchange("ada", first.text, NOW) is None
    assert tickets.who(first.text, NOW) is None
    assert tickets.who(token.text, token.until - timedelta(seconds=1)) == ADA
    assert tickets.who(token.text, token.until) is None
    assert Tickets().who(token.text, NOW) is None
    assert token.until - NOW < PASSWORD_AGE + TOKEN_AGE
