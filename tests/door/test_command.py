"""`maia tools` in a terminal of a member of a project, asking the door of a real hub for real tools of this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maia_hub.door.here import Here
from maia_hub.tools.local import LocalTools
from tests.cli.commands import maia
from tests.dicom import programs
from tests.door.conftest import ACCESS, PREFIX, Running
from tests.ports import free_port


class Terminal:
    """A terminal of alice, who is in the project vision."""

    def __init__(self, door: Running) -> None:
        self.variables = {
            "MAIA_TOOLS_URL": f"{door.hub.url}{PREFIX}",
            "MAIA_PROJECT": "vision",
            "MAIA_TOKEN": door.hub.token("alice", ACCESS),
        }

    def says(self, *words: str, **variables: str) -> str:
        """Return what `maia tools` prints, having succeeded."""
        done = maia("tools", *words, **self.variables, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *words: str) -> Any:
        """Return what it prints with --json."""
        return json.loads(self.says(*words, "--json"))

    def refuses(self, *words: str) -> str:
        """Return what it says on standard error, having failed and printed nothing else."""
        done = maia("tools", *words, **self.variables)
        assert (done.returncode, done.stdout) == (1, ""), done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture
def terminal(door: Running, tmp_path: Path) -> Terminal:
    programs.ensure()
    door.more.append(Here(LocalTools(tmp_path / "tools", PREFIX), tmp_path / "wanted.json"))
    door.restart()
    return Terminal(door)


def test_a_tool_is_started_read_about_opened_and_stopped(terminal: Terminal) -> None:
    assert "stopped" in terminal.says("ls")
    assert terminal.says("start", "ohif") == "Viewer (OHIF) is ready.\n"
    states = {tool["name"]: tool["state"] for tool in terminal.json()["tools"]}
    assert states["ohif"] == "ready"
    assert states["mlflow"] == "stopped"
    assert terminal.says("open", "ohif") == "/services/maia-tools/vision/ohif/\n"
    whole = terminal.says("open", "ohif", JUPYTERHUB_PUBLIC_HUB_URL="https://hub.org/base/hub/")
    assert whole == "https://hub.org/services/maia-tools/vision/ohif/\n"
    assert terminal.says("start", "orthanc") == "Images (Orthanc) is ready.\n"
    assert "Orthanc has started" in terminal.says("logs", "orthanc", "--lines", "500")
    assert terminal.says("stop", "orthanc") == "Images (Orthanc) is stopped.\n"
    told = json.loads(terminal.says("stop", "ohif", "--json"))
    assert (told["name"], told["state"]) == ("ohif", "stopped")


def test_what_cannot_be_done_is_told(terminal: Terminal) -> None:
    assert "no tool" in terminal.refuses("open", "spreadsheet")
    assert "allowed" in terminal.refuses("start", "spreadsheet")
    assert "has no page" in terminal.refuses("open", "s3")
    assert terminal.refuses("ls", "--project", "somebody-elses")


def test_outside_a_server_it_says_which_variable_to_set() -> None:
    done = maia("tools")
    assert (done.returncode, done.stdout) == (1, "")
    assert "MAIA_TOOLS_URL" in done.stderr
    assert "MAIA_TOKEN" in maia("tools", MAIA_TOOLS_URL="http://127.0.0.1:9").stderr


def test_a_door_that_does_not_answer_is_named_and_no_secret_is_told() -> None:
    url = f"http://127.0.0.1:{free_port()}/services/maia-tools"
    done = maia("tools", MAIA_TOOLS_URL=url, MAIA_TOKEN="do-not-show-this")
    assert done.returncode == 1
    assert url in done.stderr
    assert "do-not-show-this" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
