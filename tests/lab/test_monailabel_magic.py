"""%monailabel in a real kernel, with a small server in MONAI Label's place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.monailabel import process
from maia_hub.monailabel.state import folders
from maia_lab.monailabel import commandline
from maia_lab.monailabel.magics import complete
from tests.lab.kernels import execute, kernel, text
from tests.monailabel import small

STAND_IN = """
from maia_hub.monailabel import ohif, starting
from maia_hub.monailabel.environment import Environment
from pathlib import Path
from tests.monailabel import small
made = small.environment(Path({folder!r}))
ohif.PINNED = small.pinned(made)
async def prepare(say): return made
starting.prepare = prepare
"""


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    app = tmp_path / "mine"
    app.mkdir()
    (app / "main.py").write_text(small.APP)
    monkeypatch.setenv("HOME", str(tmp_path))
    variables = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with kernel(
        {**variables, "JUPYTERHUB_SERVICE_PREFIX": "/user/ada/", "PATH": os.environ["PATH"]}
    ) as client:
        assert not execute(client, STAND_IN.format(folder=str(tmp_path / "environment")))
        execute(client, "%load_ext maia_lab")
        yield client
    for folder in folders():
        known = folder.known()
        assert known is not None
        process.end(known.process, folder)


def say(client: Any, line: str) -> str:
    """Run the magic; it shows a report, and never an error."""
    outputs = execute(client, f"%monailabel {line}", 120)
    assert outputs[-1]["type"] == "display_data", outputs
    return text(outputs)


def test_a_server_is_started_listed_read_and_stopped(client: Any, tmp_path: Path) -> None:
    assert "No server of MONAI Label was started here." in say(client, "")
    began = say(client, f"start --app {tmp_path}/mine --images {tmp_path} --device cpu")
    assert "Starting MONAI Label" in began
    assert "mine is ready on cpu." in began
    assert "mine" in say(client, "ls")
    assert "made" in say(client, "logs mine")
    assert "mine is stopped." in say(client, "stop mine")


def test_mistakes_are_answered_in_words(client: Any, tmp_path: Path) -> None:
    assert "--images" in say(client, "start")
    assert "There is no such device." in say(client, f"start --images {tmp_path} --device tpu")
    assert "%monailabel help" in say(client, "begin")
    assert "stop NAME" in say(client, "help")


def test_models_may_have_commas_or_spaces_between_them() -> None:
    for models in ("a,b c", "a b,c", "a b c"):
        assert commandline.parse(f"start --images x --models {models}").models == ["a", "b", "c"]
    with pytest.raises(InvalidInput, match="quotes"):
        commandline.parse('start --images "x')


def test_commands_and_options_are_completed() -> None:
    assert complete("%monailabel ") == list(commandline.COMMANDS)
    assert "--or-cpu" in complete("%monailabel start ")
    assert complete("%monailabel stop ") == []
