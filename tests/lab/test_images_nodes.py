"""Images are sent on to other nodes, by C-STORE and by DICOMweb, with what signs in there and nobody gets to see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maia_hub.core.errors import Forbidden, InvalidInput, NotFound
from maia_lab.imaging import nodefiles
from maia_lab.imaging.nodes import Node
from tests.dicom import orthanc as servers
from tests.dicom import series
from tests.dicom.orthanc import AET, Orthanc
from tests.lab.hpcpanel import Panel
from tests.lab.imagesroutes import over, panel, variables

pytest_plugins = ["pytest_jupyter.jupyter_server"]

SECRET = "s3cret-of-the-node"
MADE = series.Made(patient="P1", series=2)
TOKEN_FILTER = f"""
function IncomingHttpRequestFilter(method, uri, ip, username, headers)
  return headers['authorization'] == 'Bearer {SECRET}'
end
"""


@pytest.fixture(scope="module")
def orthanc() -> Iterator[Orthanc]:
    with servers.running(settings={"AuthenticationEnabled": False}) as started:
        for dataset in series.study(MADE):
            started.store(dataset)
        yield started


@pytest.fixture(scope="module")
def other() -> Iterator[Orthanc]:
    with servers.running() as started:
        yield started


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def images(
    monkeypatch: pytest.MonkeyPatch,
    orthanc: Orthanc,
    home: Path,
    jp_fetch: Any,
    jp_serverapp: Any,
    jp_asyncio_loop: Any,
    jp_auth_header: Any,
) -> Iterator[Panel]:
    for name, value in variables(orthanc).items():
        monkeypatch.setenv(name, value)
    with panel(jp_fetch, jp_serverapp, jp_asyncio_loop, jp_auth_header) as used:
        yield used


def write(home: Path, name: str, *, mode: int = 0o600, **lines: Any) -> Path:
    path = home / ".maia" / "nodes" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in lines.items()))
    path.chmod(mode)
    return path


async def study(images: Panel) -> str:
    (found,) = (await images.call("POST", "studies"))["studies"]
    return str(found["uid"])


async def test_a_node_that_wants_a_password_is_sent_to_by_dicomweb(
    images: Panel, other: Orthanc, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    other.clear()
    user, password = other.login
    write(home, "pacs", url=other.url, user=user, password=password)
    listed = await images.call("GET", "nodes")
    assert listed == [{"name": "pacs", "where": other.url, "problem": None}]
    node = {"by": "named", "name": "pacs"}
    assert await images.call("POST", "echo", node=node) is None
    async with images.listening("feed") as stream:
        sent = await over(images, stream, "forward", study=await study(images), node=node)
        again = await over(images, stream, "forward", study=await study(images), node=node)
        told = json.dumps(stream.of("task"))
    assert (sent["result"]["accepted"], again["result"]["repeated"]) == (8, 8)
    assert other.instances() == 8
    assert password not in told + caplog.text + json.dumps(listed)


async def test_a_node_that_is_written_down_is_sent_to_by_c_store(
    images: Panel, other: Orthanc, home: Path
) -> None:
    other.clear()
    write(home, "old-pacs", mode=0o644, host="127.0.0.1", port=other.dicom_port, aet=AET)
    node = {"by": "named", "name": "old-pacs"}
    async with images.listening("feed") as stream:
        sent = await over(images, stream, "forward", study=await study(images), node=node)
    assert sent["result"]["accepted"] == 8 == other.instances()


async def test_a_token_reaches_a_node_that_wants_one(images: Panel, tmp_path: Path, home: Path) -> None:
    script = tmp_path / "token.lua"
    script.write_text(TOKEN_FILTER)
    guarded = Orthanc(settings={"AuthenticationEnabled": False, "LuaScripts": [str(script)]})
    guarded.headers = {"Authorization": f"Bearer {SECRET}"}
    try:
        guarded.start()
        write(home, "cloud", url=guarded.url, token=SECRET)
        async with images.listening("feed") as stream:
            node = {"by": "named", "name": "cloud"}
            sent = await over(images, stream, "forward", study=await study(images), node=node)
        assert sent["result"]["accepted"] == 8 == guarded.instances()
        with pytest.raises(Forbidden):
            await Node("dicomweb", url=guarded.url).echo()
    finally:
        guarded.close()


async def test_a_node_that_wants_other_credentials_says_where_to_write_them(
    images: Panel, other: Orthanc, home: Path
) -> None:
    write(home, "pacs", url=other.url, user="maia", password="wrong")
    for node in ({"by": "named", "name": "pacs"}, {"by": "dicomweb", "url": other.url}):
        problem = await images.problem("POST", "echo", node=node)
        assert problem["status"] == 403
        assert "wants other credentials" in problem["detail"]
        assert "~/.maia/nodes/NAME.yaml" in problem["advice"]
    async with images.listening("feed") as stream:
        task = await over(images, stream, "forward", study=await study(images), node=node)
    assert "wants other credentials" in task["problem"]["detail"]


async def test_a_broken_file_is_told_beside_the_others(images: Panel, home: Path) -> None:
    write(home, "good", host="pacs.example", aet="PACS")
    write(home, "open", mode=0o640, url="https://pacs.example/dicom-web", token=SECRET)
    good, bad = await images.call("GET", "nodes")
    assert (good["where"], good["problem"]) == ("PACS at pacs.example:104", None)
    assert "others than you may read it" in bad["problem"]["detail"]
    assert bad["problem"]["advice"].startswith("chmod 600 ")
    problem = await images.problem("POST", "echo", node={"by": "named", "name": "open"})
    assert "others than you may read it" in problem["detail"]
    assert (await images.problem("POST", "echo", node={"by": "named", "name": "../x"}))["status"] == 404


URL = "https://pacs.example/dicom-web"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ({"host": "pacs"}, "a host has an aet"),
        ({}, "either a url or a host"),
        ({"url": URL, "host": "pacs", "aet": "A"}, "either a url or a host"),
        ({"url": URL, "user": "anna"}, "either user and password, or token"),
        (
            {"url": URL, "user": "anna", "password": SECRET, "token": SECRET},
            "either user and password, or token",
        ),
        ({"host": "pacs", "aet": "A", "token": SECRET}, "nobody signs in by DIMSE"),
        ({"url": URL, "passwort": SECRET}, "passwort: Extra inputs are not permitted"),
        ({"url": URL, "token": [SECRET]}, "token: Input should be a valid string"),
        ({"host": "pacs", "aet": "A", "port": 99999}, "port: Input should be less than"),
    ],
    ids=["aet", "nothing", "both", "half", "two", "dimse", "typo", "list", "port"],
)
def test_what_is_no_node_is_said_without_its_secrets(home: Path, lines: dict[str, Any], words: str) -> None:
    path = write(home, "node", **lines)
    with pytest.raises(InvalidInput, match=words) as told:
        nodefiles.read(path)
    assert SECRET not in repr(told.value) + str(vars(told.value))
    assert told.value.__cause__ is None


def test_what_is_no_yaml_is_said_with_its_line(home: Path) -> None:
    path = write(home, "node")
    path.write_text(f"url: x\ntoken: '{SECRET}\n")
    with pytest.raises(InvalidInput, match=r"node\.yaml, line 3: that is not YAML") as told:
        nodefiles.read(path)
    assert SECRET not in repr(told.value)


def test_a_node_does_not_show_what_signs_in(home: Path) -> None:
    node = nodefiles.read(write(home, "node", url=URL, user="anna", password=SECRET))
    assert node.login == ("anna", SECRET)
    assert SECRET not in repr(node) + node.where
    with pytest.raises(NotFound, match="no such node"):
        nodefiles.chosen({"by": "named", "name": "nobody"})
