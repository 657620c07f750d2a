"""`maia monailabel` on a small environment in MONAI Label's place: start, ls, logs, stop, and refusals in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from maia_hub.cli import monailabel
from maia_hub.core.errors import MaiaError
from maia_hub.monailabel import ohif, process, starting
from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.state import Folder, folders
from tests.monailabel import small


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a small app, in a home of its own."""
    made = small.environment(tmp_path / "environment")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(ohif, "PINNED", small.pinned(made))

    async def prepare(_: object) -> Environment:
        return made

    monkeypatch.setattr(starting, "prepare", prepare)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "main.py").write_text(small.APP)
    yield folder
    for each in folders():
        known = each.known()
        if known is not None:
            process.end(known.process, each)


def test_a_server_is_started_listed_read_and_stopped(app: Path, tmp_path: Path) -> None:
    began = _run("start", "--app", str(app), "--images", str(tmp_path), "--device", "cpu", "--or-cpu")
    assert began.stdout.splitlines()[0] == "mine is ready on cpu."
    assert "Without weights, so they know nothing yet: spleen." in began.stdout
    assert "Starting MONAI Label" in began.stderr
    [found] = json.loads(_run("ls", "--json").stdout)
    assert (found["name"], found["state"], found["device"]) == ("mine", "ready", "cpu")
    assert "secret" not in found
    known = Folder("mine").known()
    assert known is not None
    assert known.wish.or_cpu
    assert "mine" in _run("ls").stdout
    assert "made" in _run("logs", "mine").stdout
    assert _run("stop", "mine").stdout == "mine is stopped.\n"


def test_in_a_workspace_it_says_where_its_viewer_is(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    monkeypatch.setenv(
        "MAIA_DICOMWEB_URL", "http://127.0.0.1:8000/services/maia-tools/default/orthanc/dicom-web"
    )
    began = _run("start", "--app", str(app), "--images", str(tmp_path), "--device", "cpu")
    page = tmp_path / ".maia" / "monailabel" / "servers" / "mine" / "viewer" / "app-config.js"
    assert '"qidoRoot": "/services/maia-tools/default/orthanc/dicom-web"' in page.read_text()
    assert "/user/ada/maia/monailabel/mine/open/ohif/" in began.stdout
    [found] = json.loads(_run("ls", "--json").stdout)
    assert found["viewer"] == "/user/ada/maia/monailabel/mine/open/ohif/"


def test_nothing_started_is_said(app: Path) -> None:
    assert "No server of MONAI Label was started here." in _run("ls").stdout


def test_what_cannot_be_served_is_refused(app: Path, tmp_path: Path) -> None:
    for words in (
        ["start", "--app", str(app), "--images", str(tmp_path), "--device", "tpu"],
        ["start", "--app", str(tmp_path), "--images", str(tmp_path)],
        ["start", "--app", str(app), "--images", str(tmp_path / "nowhere")],
        ["stop", "nothing"],
    ):
        refused = CliRunner().invoke(monailabel.app, words)
        assert isinstance(refused.exception, MaiaError)


def _run(*words: str) -> Result:
    result = CliRunner().invoke(monailabel.app, list(words))
    assert result.exit_code == 0, result.exception
    return result
