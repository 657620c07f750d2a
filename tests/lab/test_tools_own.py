"""Tools of a person's own in a real Jupyter server: her kernels and her panel know them, and nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maia_hub.core.errors import MaiaError
from maia_lab.tools.door import Door
from maia_lab.tools.handlers import DESK
from maia_lab.tools.place import Place
from tests.lab.hpcpanel import Panel
from tests.lab.monailabelserver import Stand, monai_label
from tests.lab.toolsdoor import SECRET, TOKEN, ToolsDoor, card, known_tools_door, panel_of

pytest_plugins = ["pytest_jupyter.jupyter_server"]

PROJECTS = {
    "MLFLOW_TRACKING_URI": "http://127.0.0.1:9/services/maia-tools/default/mlflow",
    "MLFLOW_TRACKING_TOKEN": TOKEN,
    "AWS_SECRET_ACCESS_KEY": SECRET,
}


@pytest.fixture
def door(jp_environ: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ToolsDoor]:
    with known_tools_door(monkeypatch) as stands:
        stands.environments["default"] = dict(PROJECTS)
        stands.cards["default"] = [card("mlflow", "mlflow")]
        yield stands


@pytest.fixture
def home(jp_environ: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of tools in a home."""
    monkeypatch.setenv("HOME", str(tmp_path / "anna"))
    made = tmp_path / "anna" / ".maia" / "tools"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def panel(
    home: Path, door: ToolsDoor, jp_fetch: Any, jp_serverapp: Any, jp_asyncio_loop: Any, jp_auth_header: Any
) -> Iterator[Panel]:
    with panel_of(
        jp_serverapp, jp_fetch, jp_asyncio_loop, jp_auth_header, subject="tools", desk=DESK
    ) as asked:
        yield asked


@pytest.fixture
def stand() -> Iterator[Stand]:
    """A server that answers whatever it is asked."""
    with monai_label() as started:
        yield started


def write(folder: Path, name: str, text: str, mode: int = 0o600) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text)
    path.chmod(mode)
    return path


def held() -> dict[str, str]:
    """Return what a kernel would get."""
    return dict(Door(Place.required()).environment_now().values)


@pytest.mark.usefixtures("door")
def test_a_tool_of_ones_own_stands_in_the_place_of_the_projects_and_hears_no_token_of_the_hub(
    home: Path,
) -> None:
    assert held() == PROJECTS
    write(home, "tracking", "kind: mlflow\naddress: https://mlflow.example.org/\n")
    found = held()
    assert found["MLFLOW_TRACKING_URI"] == "https://mlflow.example.org"
    assert TOKEN not in found.values()
    assert found["AWS_SECRET_ACCESS_KEY"] == SECRET  # of another kind


@pytest.mark.usefixtures("door")
def test_what_signs_in_there_and_further_variables_reach_kernels(home: Path) -> None:
    write(home, "store", "kind: s3\naddress: https://s3.example.org\nuser: anna\nsecret: annas-word\n")
    more = "environment: {MLFLOW_TRACKING_USERNAME: anna, PATH: /tmp}\n"
    write(home, "tracking", f"kind: mlflow\naddress: https://mlflow.example.org\nsecret: word\n{more}")
    found = held()
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]) == ("anna", "annas-word")
    assert found["S3_ENDPOINT_URL"] == "https://s3.example.org"
    assert (found["MLFLOW_TRACKING_TOKEN"], found["MLFLOW_TRACKING_USERNAME"]) == ("word", "anna")
    assert "PATH" not in found


async def test_the_panel_says_how_they_fare_and_shows_no_secret(
    panel: Panel, home: Path, stand: Stand
) -> None:
    write(
        home, "store", f"kind: s3\naddress: {stand.url}\ntitle: Lab’s store\nuser: anna\nsecret: annas-word\n"
    )
    state = await panel.call("GET", "state")
    projects, own = state["tools"]
    assert projects["name"] == "mlflow"
    assert (own["name"], own["title"]) == ("own:store", "Lab’s store (my own)")
    assert (own["state"], own["page"], own["local"]) == ("ready", "outside", False)
    assert "annas-word" not in str(state)
    write(home, "store", "kind: s3\naddress: http://127.0.0.1:1\nuser: anna\nsecret: annas-word\n")
    own = (await panel.call("GET", "state"))["tools"][1]
    assert (own["state"], "does not answer" in own["reason"]) == ("unreachable", True)
    (home / "store.yaml").unlink()
    assert len((await panel.call("GET", "state"))["tools"]) == 1


WRONG = {
    "others-read-it": (
        "kind: s3\naddress: https://s3.example.org\nuser: a\nsecret: annas-word\n",
        0o644,
        "chmod 600",
    ),
    "no-kind": ("kind: fax\naddress: https://s3.example.org\n", 0o600, "there is no 'fax'"),
    "no-yaml": ("kind: [", 0o600, "line 1"),
    "archive": (
        "kind: orthanc\naddress: https://pacs.example.org\nsecret: annas-word\n",
        0o600,
        ".maia/nodes",
    ),
    "Upper": ("kind: s3\naddress: https://s3.example.org\n", 0o600, "may be called so"),
}


@pytest.mark.parametrize("name", list(WRONG))
async def test_a_file_that_cannot_be_used_is_told_and_changes_nothing(
    name: str, panel: Panel, home: Path
) -> None:
    text, mode, said = WRONG[name]
    write(home, name, text, mode)
    assert held() == PROJECTS
    own = (await panel.call("GET", "state"))["tools"][1]
    assert (own["state"], said in own["reason"]) == ("failing", True), own["reason"]
    assert "annas-word" not in str(own)


@pytest.mark.usefixtures("home")
def test_a_door_that_does_not_answer_is_told_all_the_same(door: ToolsDoor) -> None:
    door.broken = 502
    with pytest.raises(MaiaError):
        held()
