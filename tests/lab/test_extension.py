"""The server extension in a real Jupyter server, with a session file and without a hub."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from tests.lab.sessions import START, write

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "grant.json"
    for name, value in {
        "MAIA_SESSION_FILE": str(path),
        "MAIA_SERVICE_URL": "https://hub.example.org/maia/services/maia/",
        "MAIA_SERVER": "second",
        "JUPYTERHUB_USER": "alice",
    }.items():
        monkeypatch.setenv(name, value)
    return path


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAIA_SESSION_FILE", "MAIA_SERVICE_URL", "MAIA_SERVER", "JUPYTERHUB_USER"):
        monkeypatch.delenv(name, raising=False)


async def test_the_session_is_what_the_file_says(session: Path, jp_fetch: Any) -> None:
    write(session, timedelta(hours=1), START)
    answer = json.loads((await jp_fetch("maia", "session")).body)
    assert answer["serviceUrlPath"] == "/maia/services/maia"
    assert (answer["user"], answer["server"]) == ("alice", "second")
    assert answer["grant"]["until"] == "2027-01-11T10:00:00+00:00"
    assert answer["grant"]["gpus"][0]["simulated"] is True
    assert answer["now"].endswith("+00:00")


async def test_outside_the_hub_it_says_so_and_works(nowhere: None, jp_fetch: Any) -> None:
    answer = json.loads((await jp_fetch("maia", "session")).body)
    assert (answer["serviceUrl"], answer["grant"]) == (None, None)


async def test_the_lab_page_learns_where_the_service_is(session: Path, jp_serverapp: Any) -> None:
    page = jp_serverapp.web_app.settings["page_config_data"]
    assert page["maiaServicePath"] == "/maia/services/maia"
    assert (page["maiaServer"], page["maiaUser"]) == ("second", "alice")


async def test_it_asks_for_a_token(session: Path, jp_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("maia", "session", headers={"Authorization": ""})
    assert caught.value.code == 403


async def test_looking_is_no_activity_of_the_server(session: Path, jp_fetch: Any, jp_serverapp: Any) -> None:
    before = jp_serverapp.web_app.last_activity()
    await jp_fetch("maia", "session")
    assert jp_serverapp.web_app.last_activity() == before


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, maia_lab.extension; print(*sys.modules)"
    loaded = run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"dateparser", "pytimeparse2", "httpx", "pydantic", "rich", "IPython", "typer"} & set(loaded)
