"""A job that is over becomes a run of MLflow by the panel: offered where there is one, done once, refused in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maia_lab.hpc.panelmlflow import WHERE
from maia_lab.tools.holdings import HOLDINGS
from tests.lab.hpcpanel import Panel, Stream
from tests.lab.toolsdoor import TOKEN, ToolsDoor, tools_door
from tests.waiting import until

pytest_plugins = ["pytest_jupyter.jupyter_server"]
pytest.importorskip("mlflow")
MEASURES = """echo '{"rate": 0.1}' > params.json; echo '{"auc": 0.9}' > metrics.json"""


@pytest.fixture
def home(jp_environ: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "panel"
    made.mkdir()
    monkeypatch.setenv("HOME", str(made))
    monkeypatch.setenv("MAIA_HPC_RUN", str(tmp_path / "run"))
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.delenv(WHERE, raising=False)
    return made


@pytest.fixture
def store(tmp_path: Path) -> str:
    """The address of a store on files: MLflow's server itself is met in the browser's test."""
    return f"file://{tmp_path}/store"


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[ToolsDoor]:
    """A door to tools, of which this server learns in the test."""
    monkeypatch.setattr(HOLDINGS, "names", [])
    with tools_door() as found:
        monkeypatch.setenv("MAIA_TOOLS_URL", found.url)
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", TOKEN)
        yield found


async def over(panel: Panel, stream: Stream, command: str = MEASURES) -> str:
    await until(lambda: stream.of("state"), "a browser")
    token = await panel.submitted(stream, command, name="forest")
    await until(lambda: (stream.job(token) or {}).get("over"), "the end of the job")
    return token


async def tracked(panel: Panel, stream: Stream, token: str, **more: Any) -> Any:
    task = await panel.call("POST", "jobs", token, "track", tab="t", **more)
    await until(lambda: stream.over(task["id"]), "the run", seconds=120)
    return stream.task(task["id"])


async def test_a_job_is_tracked_once_and_its_page_says_so(
    panel: Panel, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with panel.listening("feed") as stream:
        token = await over(panel, stream)
        assert not stream.of("state")[0]["tracking"]
        monkeypatch.setenv(WHERE, store)
        assert (await panel.call("GET", "state"))["tracking"]
        assert (await panel.call("GET", "jobs", token))["run"] is None
        first = await tracked(panel, stream, token, patterns=["*.json", "-x"])
        assert first["state"] == "done", first
        assert (first["result"]["experiment"], first["result"]["metrics"]) == ("forest", 1)
        assert (first["result"]["page"].split("/")[-1], first["result"]["address"]) == (
            first["result"]["run"],
            "",
        )
        assert (await panel.call("GET", "jobs", token))["run"] == first["result"]
        assert (await tracked(panel, stream, token))["result"]["run"] == first["result"]["run"]
    assert len(list((tmp_path / "store").glob("*/*/meta.yaml"))) == 1


async def test_an_mlflow_that_the_tools_tell_of_is_offered_and_used(
    panel: Panel, door: ToolsDoor, store: str, tmp_path: Path
) -> None:
    async with panel.listening("feed") as stream:
        token = await over(panel, stream)
        refused = await tracked(panel, stream, token)
        assert (refused["state"], refused["problem"]["detail"]) == (
            "failed",
            "The project's MLflow does not run.",
        )
        HOLDINGS.names = [WHERE]
        HOLDINGS.unknown("a change")
        await until(lambda: any(each["tracking"] for each in stream.of("systems")), "that it is offered")
        door.environments["default"] = {WHERE: store}
        assert (await tracked(panel, stream, token))["state"] == "done"
    assert (tmp_path / "store").is_dir()


async def test_an_mlflow_that_does_not_answer_is_said(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WHERE, "http://ada:hidden@127.0.0.1:1")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "a-token")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    async with panel.listening("feed") as stream:
        failed = await tracked(panel, stream, await over(panel, stream))
        assert failed["problem"]["type"].endswith("not-tracked")
        assert "MLflow says" in failed["problem"]["detail"]
        assert "MLFLOW_TRACKING_URI names your project's MLflow" in failed["problem"]["detail"]
        assert len(failed["problem"]["detail"]) < 700
        assert not {"hidden", "a-token"} & set(re.findall(r"[\w-]+", str(failed)))
