"""The project's images through a workspace's door to a MONAI Label, where the tools have an origin of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from maia_hub.monailabel.starting import Place
from maia_lab.monailabel.admitted import Role, admitted
from tests.lab.monailabelserver import Stand, door_to, monai_label
from tests.ports import free_port

pytest_plugins = ["pytest_jupyter.jupyter_server"]

TOKEN = "the-workspaces-own-token"
ORIGIN = "https://maia-tools--service.hub.example.org"
STUDIES = "/services/maia-tools/default/orthanc/dicom-web"


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    """What answers for the project's archive, behind the door to the tools."""
    with monai_label() as started:
        monkeypatch.setenv("MAIA_TOOLS_URL", f"{started.url}/services/maia-tools")
        monkeypatch.setenv("MAIA_DICOMWEB_URL", f"{started.url}{STUDIES}")
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", TOKEN)
        yield started


@pytest.fixture
def stand() -> Iterator[Stand]:
    with monai_label() as started:
        yield started


@pytest.fixture
def door(stand: Stand, jp_fetch: Any, jp_serverapp: Any, jp_asyncio_loop: Any) -> Iterator[str]:
    """The address at which it is open."""
    with door_to(stand, jp_serverapp, jp_asyncio_loop) as address_of_it:
        yield f"{address_of_it}/open"


@pytest.fixture
def anybody(jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[httpx.AsyncClient]:
    client = httpx.AsyncClient(timeout=60)
    yield client
    jp_asyncio_loop.run_until_complete(client.aclose())


async def test_the_owner_sees_the_images_of_the_project_as_the_workspace_itself(
    anybody: httpx.AsyncClient, door: str, archive: Stand, stand: Stand, jp_auth_header: dict[str, str]
) -> None:
    kinds = "multipart/related; type=application/octet-stream; transfer-syntax=*"
    asked = {**jp_auth_header, "Accept": kinds, "Cookie": "hub=1"}
    answer = await anybody.get(f"{door}/images/studies/1.2/series?limit=1", headers=asked)
    assert answer.json()["path"] == f"{STUDIES}/studies/1.2/series?limit=1"
    assert "tool=1" not in answer.headers.get("set-cookie", "")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    [(_, _, headers, _)] = archive.asked
    assert (headers["Authorization"], headers["Accept"]) == (f"Bearer {TOKEN}", kinds)
    assert "Cookie" not in headers
    assert not stand.asked


async def test_nobody_else_does_and_nothing_is_written(
    anybody: httpx.AsyncClient, door: str, archive: Stand, jp_auth_header: dict[str, str]
) -> None:
    assert (await anybody.get(f"{door}/images/studies")).status_code == 401
    for path in ("images/", "images/patients", "images/studies/..%2f..%2finstances", "images/studies/a%3Fb"):
        assert (await anybody.get(f"{door}/{path}", headers=jp_auth_header)).status_code == 404, path
    sent = await anybody.post(f"{door}/images/studies", content=b"x", headers=jp_auth_header)
    assert sent.status_code == 405
    assert not archive.asked
    assert not admitted("GET", "images/studies", Role.GUEST)


@pytest.mark.usefixtures("archive")
async def test_an_archive_that_does_not_answer_is_said_to_be_one(
    anybody: httpx.AsyncClient, door: str, jp_auth_header: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIA_DICOMWEB_URL", f"http://127.0.0.1:{free_port()}/dicom-web")
    answer = await anybody.get(f"{door}/images/studies", headers=jp_auth_header)
    assert (answer.status_code, "image archive" in answer.json()["detail"]) == (503, True)


def test_a_viewer_is_told_of_them_only_where_its_page_cannot_ask_the_tools() -> None:
    environment = {
        "JUPYTERHUB_SERVICE_PREFIX": "/user/a/",
        "MAIA_DICOMWEB_URL": f"http://127.0.0.1:1{STUDIES}",
    }
    assert Place.from_environment(environment).images("spleen") == STUDIES
    apart = Place.from_environment({**environment, "MAIA_TOOLS_ORIGIN": ORIGIN})
    assert apart.images("spleen") == "/user/a/maia/monailabel/spleen/open/images"
    none = Place.from_environment({"JUPYTERHUB_SERVICE_PREFIX": "/user/a/", "MAIA_TOOLS_ORIGIN": ORIGIN})
    assert none.images("spleen") == ""
