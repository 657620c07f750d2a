"""A server: started, told apart from ready, guarded, found again, mended, ended with all it has started."""

from __future__ import annotations

import os
import signal
import socket
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from maia_hub.core import sessionfile
from maia_hub.core.errors import Conflict, InvalidInput, MaiaError, NotFound, Unavailable
from maia_hub.monailabel import ohif, process, server
from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.server import State
from maia_hub.monailabel.state import MARK, Folder, Wish, folders
from maia_hub.supervise.processes import marked
from tests.monailabel import small
from tests.waiting import until


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home for what is tried here alone."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "a secret of the platform")
    monkeypatch.setenv(sessionfile.MARK, "a session")
    return tmp_path


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A small one in MONAI Label's place."""
    made = small.environment(tmp_path / "environment")
    monkeypatch.setattr(ohif, "PINNED", small.pinned(made))
    return made


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    """A small app on the CPU; what has been started is ended after the test."""
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.py").write_text(small.APP)
    return Wish(str(app), {"use_pretrained_model": "false"}, str(tmp_path), device="cpu", base="/p/ml")


@pytest.fixture(autouse=True)
def none_left(own_home: Path) -> object:
    """End what a test has started, as long as its home is there; nothing may be left then."""
    yield
    for folder in folders():
        known = folder.known()
        if known is not None:
            process.end(known.process, folder)
        assert not marked(str(folder.root), MARK)


def test_it_answers_only_those_who_show_the_word(environment: Environment, wish: Wish) -> None:
    said: list[str] = []
    found = server.start(environment, "one", wish, lambda doing, _: said.append(doing))
    assert (found.state, found.device, found.untrained) == (State.READY, "cpu", ("spleen",))
    assert said == ["Starting MONAI Label", "Ready"]
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Token {found.secret}"}):
        for path in ("/info/", "/ohif/", "/train/", "/openapi.json"):
            assert httpx.get(f"{found.address}{path}", headers=headers, trust_env=False).status_code == 401
    with found.client() as client:
        assert "authorization" not in client.get("/info/").json()["headers"]
        assert client.get("/proxy/dicom/qido/studies").status_code == 404
        assert "/p/ml/ohif/app-config.js" in client.get("/ohif/").text
        assert '"/p/ml/ohif/"' in client.get("/ohif/app-config.js").text
        assert client.get("/ohif/viewer?StudyInstanceUIDs=1.2").text == client.get("/ohif/").text
        assert client.get("/ohif/app.bundle.1.js").text == "// nothing"
        for path in ("/ohif/nothing.js", "/ohif/%2e%2e/%2e%2e/app.py", "/ohif/sw.js"):
            assert client.get(path).status_code == 404
    assert found.secret not in repr(found)
    own = Path(f"/proc/{_pid('one')}")
    assert found.secret.encode() not in own.joinpath("cmdline").read_bytes()
    variables = own.joinpath("environ").read_bytes()
    assert b"a secret of the platform" not in variables
    assert f"{sessionfile.MARK}=a session".encode() in variables.split(b"\0")  # and ends with it
    for name in ("state.json", "wish.json", "log"):
        assert Folder("one").root.joinpath(name).stat().st_mode & 0o077 == 0


def test_a_second_start_finds_what_runs(environment: Environment, wish: Wish) -> None:
    first = server.start(environment, "one", wish)
    assert server.start(environment, "one", wish).address == first.address
    with pytest.raises(Conflict, match="serves something else"):
        server.start(environment, "one", replace(wish, images="/tmp"))
    assert [each.state for each in server.all_servers()] == [State.READY]


def test_what_a_killed_one_left_is_ended_and_its_port_taken_again(
    environment: Environment, wish: Wish
) -> None:
    first = server.start(environment, "one", wish)
    with first.client() as client:
        client.post("/train/")
    _kill("one")
    [left] = marked(str(Folder("one").root), MARK)
    assert server.look("one").state is State.DIED
    second = server.start(environment, "one", wish)
    assert second.address == first.address
    assert second.secret != first.secret
    assert left not in marked(str(Folder("one").root), MARK)


def test_a_port_that_was_taken_meanwhile_is_left(environment: Environment, wish: Wish) -> None:
    first = server.start(environment, "one", wish)
    server.stop("one")
    port = int(first.address.rpartition(":")[2])
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        assert server.start(environment, "one", wish).address != first.address


@pytest.mark.asyncio
async def test_training_saves_before_the_server_stops(environment: Environment, wish: Wish) -> None:
    with server.start(environment, "one", wish).client() as client:
        assert client.post("/train/").status_code == 200
    assert server.stop("one").state is State.STOPPED
    assert (Path(wish.app) / "saved").read_text() == "saved"
    await until(lambda: not marked(str(Folder("one").root), MARK), "all have ended")
    assert server.look("one").state is State.STOPPED
    assert server.stop("one").state is State.STOPPED


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import os\nimport nowhere_to_be_found\n", "line 2: ModuleNotFoundError"),
        ("def f(:\n", "line 1: SyntaxError"),
        (
            "class MyApp:\n    def __init__(self, conf):\n        exit(-1)\n",
            "line 3: it ended itself with -1",
        ),
        ("raise RuntimeError('x' * 5000)\n", "line 1: RuntimeError: xxx"),
    ],
    ids=["import", "syntax", "exit", "long"],
)
def test_an_app_that_cannot_be_made_is_told_of_by_file_and_line(
    environment: Environment, wish: Wish, text: str, says: str
) -> None:
    (Path(wish.app) / "main.py").write_text(text)
    with pytest.raises(InvalidInput, match="cannot serve this app") as refused:
        server.start(environment, "one", wish)
    assert str(refused.value.given).startswith(f"{wish.app}/main.py, {says}")
    assert len(str(refused.value.given)) < 1000
    assert server.look("one").state is State.REFUSED


def test_an_app_that_kills_its_process_is_told_of(environment: Environment, wish: Wish) -> None:
    (Path(wish.app) / "main.py").write_text("import os\nprint('last words', flush=True)\nos.abort()\n")
    with pytest.raises(Unavailable, match="ended before it was ready") as refused:
        server.start(environment, "one", wish)
    assert "last words" in str(refused.value.given)
    assert "last words" in server.log("one", 10)


def test_weights_that_cannot_be_fetched_are_said_and_it_starts_untrained(
    environment: Environment, wish: Wish
) -> None:
    (Path(wish.app) / "main.py").write_text(small.DOWNLOADS)
    weighted = replace(wish, settings={"use_pretrained_model": "true"})
    said: list[str] = []
    found = server.start(environment, "one", weighted, lambda doing, _: said.append(doing))
    assert "Starting untrained" in said[1]
    assert found.reason == "The weights could not be fetched: URLError: <urlopen error no route to host>"
    assert server.start(environment, "one", weighted).address == found.address


def test_a_gpu_that_is_not_there_is_said(environment: Environment, wish: Wish) -> None:
    with pytest.raises(InvalidInput) as refused:
        server.start(environment, "one", replace(wish, device="cuda"))
    assert "finds no GPU" in str(refused.value.given)


def test_after_the_session_it_is_started_again_on_the_cpu_only_if_that_was_said(
    environment: Environment, wish: Wish
) -> None:
    for name, device, or_cpu in (
        ("goes-on", "any", True),
        ("gpu-only", "any", False),
        ("ended", "any", True),
    ):
        server.start(environment, name, replace(wish, device=device, or_cpu=or_cpu))  # type: ignore[arg-type]
    server.stop("ended")
    for name in ("goes-on", "gpu-only"):
        known = Folder(name).known()
        assert known is not None
        _kill(name)
        with Folder(name).alone():
            Folder(name).keep(replace(known, wish=replace(known.wish, device="cuda")))
    began = server.again(environment)
    assert [type(each).__name__ for each in began] == ["Server", "InvalidInput"]
    assert [each.name for each in began if not isinstance(each, MaiaError)] == ["goes-on"]


def test_what_was_never_started_is_not_found(environment: Environment) -> None:
    for ask in (server.stop, server.look, lambda name: server.log(name, 1)):
        with pytest.raises(NotFound):
            ask("nothing")
    for name in ("../etc", "", ".x", "a" * 99):
        with pytest.raises(InvalidInput):
            server.look(name)


def test_a_state_that_was_cut_off_counts_as_none(environment: Environment, wish: Wish) -> None:
    server.start(environment, "one", wish)
    server.stop("one")
    (Folder("one").root / "state.json").write_text('{"wish": {"app"')
    assert server.all_servers() == []
    assert server.start(environment, "one", wish).state is State.READY


def _kill(name: str) -> None:
    """Kill a server, and see it gone; a signal takes its time."""
    known = Folder(name).known()
    assert known is not None
    os.kill(known.pid, signal.SIGKILL)
    while process.runs(known.process):
        time.sleep(0.01)


def _pid(name: str) -> int:
    known = Folder(name).known()
    assert known is not None
    return known.pid
