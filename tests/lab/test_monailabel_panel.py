"""The routes behind the panel "MONAI Label": servers are real processes, a small one stands in MONAI Label's place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from maia_hub.monailabel import process, server
from maia_hub.monailabel.state import Folder, folders
from maia_hub.tools.local.installing import cache
from maia_lab.monailabel import projecttoken
from maia_lab.monailabel.labels import LABELS
from maia_lab.monailabel.panel import DESK
from tests.lab.hpcpanel import Panel, Stream
from tests.monailabel import furnished, small, taught
from tests.waiting import until

pytest_plugins = ["pytest_jupyter.jupyter_server"]

ARCHIVE = "http://127.0.0.1:9/services/maia-tools/default/orthanc/dicom-web"
TOKEN = "the-sessions-token"
SLEEPS = small.APP.replace('print("made", flush=True)', "import time; time.sleep(600)")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "scans").mkdir(parents=True)
    furnished.lay_out(tmp_path / "cache", monkeypatch)
    for name in ("MAIA_DICOMWEB_URL", "MAIA_TOOLS_URL", "MAIA_SESSION_FILE", "MAIA_SERVICE_URL"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path / "home"
    for folder in folders():
        known = folder.known()
        assert known is not None
        process.end(known.process, folder)


@pytest.fixture
def panel(
    home: Path, jp_fetch: Any, jp_serverapp: Any, jp_asyncio_loop: Any, jp_auth_header: Any
) -> Iterator[Panel]:
    app = jp_serverapp
    app.web_app.settings["server_root_dir"] = str(home)
    address = f"http://localhost:{app.port}{app.base_url}".rstrip("/")
    yield Panel(jp_fetch, address, jp_auth_header, subject="monailabel")
    desk = app.web_app.settings.get(DESK)
    if desk:
        jp_asyncio_loop.run_until_complete(desk.close())


@asynccontextmanager
async def listening(panel: Panel) -> AsyncIterator[Stream]:
    """Listen, and be sure to be heard: what ends at once would be over before the stream has begun."""
    async with panel.listening("events") as stream:
        await until(lambda: stream.of("state"), "the state")
        yield stream


async def over(stream: Stream, task: Any) -> Any:
    await until(lambda: stream.over(task["id"]), "a task", 120)
    return stream.task(task["id"])


def shown(stream: Stream) -> dict[str, str]:
    """Return how the servers fare, as the browser was told last."""
    return {each["name"]: each["state"] for each in stream.of("state")[-1]["servers"]}


FORM = {"images": "scans", "models": ["segmentation_spleen"], "device": "cpu"}


async def test_a_server_is_started_shown_read_and_stopped(panel: Panel, home: Path) -> None:
    state = await panel.call("GET")
    assert state["servers"] == []
    assert state["choices"]["models"] == ["deepedit", "segmentation_spleen"]
    assert "no image archive" in state["archive"]["problem"]["detail"]
    async with listening(panel) as stream:
        task = await panel.call("POST", tab="t", **FORM)
        told = await over(stream, task)
        assert (told["state"], told["result"]) == ("done", "radiology")
        await until(lambda: shown(stream) == {"radiology": "ready"}, "the server in the list")
        [found] = stream.of("state")[-1]["servers"]
        assert (found["device"], found["images"], found["viewer"]) == ("cpu", str(home / "scans"), None)
        assert found["models"] == ["segmentation_spleen"]
        assert "secret" not in found
        assert "made" in (await panel.call("GET", "radiology", "log"))["lines"]
        assert len((await panel.call("GET", "radiology", "log?lines=1"))["lines"]) == 1
        stopped = await over(stream, await panel.call("DELETE", "radiology"))
        assert stopped["state"] == "done"
        await until(lambda: shown(stream) == {"radiology": "stopped"}, "the end of it")


async def test_two_of_the_app_for_radiology_teach_no_file_of_each_other_and_keep_what_was_said(
    panel: Panel,
) -> None:
    async with listening(panel) as stream:
        for more in ({"or_cpu": True}, {"name": "other"}):
            told = await over(stream, await panel.call("POST", tab="t", **{**FORM, **more}))
            assert told["state"] == "done", told
    one, other = (known.wish for name in ("radiology", "other") if (known := Folder(name).known()))
    assert Path(one.app).name == "radiology"
    assert not Path(other.app).is_relative_to(one.app)
    assert (Path(other.app) / "model").is_dir()
    assert (one.or_cpu, other.or_cpu) == (True, False)


async def test_where_there_is_no_platform_it_is_shared_with_nobody(panel: Panel) -> None:
    refused = await panel.problem("GET", "radiology", "shares")
    assert refused["status"] == 503
    assert "shared with colleagues there alone" in refused["detail"]


async def test_one_of_the_projects_images_has_a_viewer_and_a_token_that_is_in_no_answer(
    panel: Panel, monkeypatch: pytest.MonkeyPatch, jp_serverapp: Any
) -> None:
    monkeypatch.setenv("MAIA_DICOMWEB_URL", ARCHIVE)
    monkeypatch.setenv("MAIA_TOOLS_URL", "http://127.0.0.1:9/services/maia-tools")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", TOKEN)
    async with listening(panel) as stream:
        form = {**FORM, "images": None, "name": "project"}
        told = await over(stream, await panel.call("POST", tab="t", **form))
        assert told["state"] == "done", told
        state = await panel.call("GET")
    [found] = state["servers"]
    assert found["remote"]
    assert found["viewer"] == f"{jp_serverapp.base_url}maia/monailabel/project/open/ohif/"
    assert TOKEN not in str(state)
    known = server.look("project").wish
    assert Path(str(known.token)).read_text() == TOKEN
    assert Path(str(known.token)).stat().st_mode & 0o077 == 0
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "another")
    projecttoken.renew()
    assert Path(str(known.token)).read_text() == "another"


async def test_labels_that_wait_are_told_with_their_server(
    panel: Panel, monkeypatch: pytest.MonkeyPatch, jp_serverapp: Any
) -> None:
    monkeypatch.setenv("MAIA_DICOMWEB_URL", ARCHIVE)
    async with listening(panel) as stream:
        told = await over(stream, await panel.call("POST", tab="t", **{**FORM, "images": None}))
        assert told["state"] == "done", told
        assert (await panel.call("GET"))["servers"][0]["waiting"] == []
        await asyncio.to_thread(taught.submitted, "radiology")

        def waiting() -> Any:
            return [label for each in stream.of("state")[-1]["servers"] for label in each["waiting"]]

        await until(waiting, "the label in the list")
        [label] = waiting()
        assert (label["author"], label["attempts"], label["state"]) == ("ada", 0, "waiting")
        await panel.call("POST", "radiology", "labels", label["uid"], "again")
        await until(lambda: waiting()[0]["why"], "why it could not be sent")
    await jp_serverapp.web_app.settings[LABELS].stop()


async def test_what_cannot_be_started_is_said_in_words(panel: Panel, home: Path) -> None:
    assert (await panel.problem("POST", images="", app="radiology"))["detail"] == "Name a folder of images."
    assert "no image archive" in (await panel.problem("POST", images=None))["detail"]
    assert "list of names" in (await panel.problem("POST", images="scans", models="all"))["detail"]
    async with listening(panel) as stream:
        for wrong, detail in (
            ({"images": "nowhere"}, "no such folder of images"),
            ({"models": []}, "Say which models"),
            ({"app": "nowhere"}, "The app cannot be read."),
            ({"device": "tpu"}, "no such device"),
            ({"name": "a/b"}, "no name of a server"),
        ):
            told = await over(stream, await panel.call("POST", tab="t", **{**FORM, **wrong}))
            assert told["state"] == "failed"
            assert detail in told["problem"]["detail"]
    assert (await panel.problem("DELETE", "nothing"))["status"] == 404
    assert (await panel.problem("GET", "nothing", "log"))["status"] == 404


async def test_a_start_is_given_up_and_leaves_nothing(panel: Panel, home: Path) -> None:
    slow = home / "slow"
    slow.mkdir()
    (slow / "main.py").write_text(SLEEPS)
    async with listening(panel) as stream:
        task = await panel.call("POST", tab="t", **{**FORM, "app": "slow"})
        await until(lambda: shown(stream) == {"slow": "starting"}, "the process")
        assert (await panel.problem("POST", **{**FORM, "app": "slow"}))["status"] == 409
        await panel.call("DELETE", "tasks", task["id"])
        assert (await over(stream, task))["state"] == "cancelled"
        await until(lambda: shown(stream) == {"slow": "stopped"}, "the end of it")
    [known] = [folder.known() for folder in folders()]
    assert known is not None
    assert not process.runs(known.process)


async def test_a_server_that_is_started_elsewhere_or_dies_is_seen(panel: Panel, home: Path) -> None:
    async with listening(panel) as stream:
        await over(stream, await panel.call("POST", tab="t", **FORM))
        await until(lambda: shown(stream) == {"radiology": "ready"}, "the server in the list")
        known = folders()[0].known()
        assert known is not None
        await asyncio.to_thread(process.end, known.process, folders()[0])
        await until(lambda: shown(stream) == {"radiology": "died"}, "its death in the list")


async def test_what_is_not_prepared_is_said_and_prepared(
    panel: Panel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    choices = (await panel.call("GET"))["choices"]
    assert (choices["prepared"], choices["models"]) == (False, [])
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 5}))
    async with listening(panel) as stream:
        told = await over(stream, await panel.call("POST", "prepare", tab="t"))
    assert "could not be installed" in told["problem"]["detail"]
    assert str(cache()) in told["problem"]["advice"]


async def test_nobody_else_asks(panel: Panel, jp_serverapp: Any) -> None:
    address = f"http://127.0.0.1:{jp_serverapp.port}{jp_serverapp.base_url}maia/monailabel"
    async with httpx.AsyncClient(timeout=60) as anybody:
        for method, path in (
            ("GET", ""),
            ("POST", ""),
            ("GET", "/events"),
            ("POST", "/prepare"),
            ("DELETE", "/radiology"),
            ("GET", "/radiology/log"),
            ("DELETE", f"/tasks/{'0' * 16}"),
        ):
            assert (await anybody.request(method, f"{address}{path}")).status_code == 403
