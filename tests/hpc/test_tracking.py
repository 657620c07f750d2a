"""A finished job becomes a run of MLflow: once, with what it was given, measured and made."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.showing import Efficiency
from maia_hub.hpc.tracking import NotTracked, track, without_secrets
from tests.hpc.cluster import job
from tests.runs import file_store

pytest.importorskip("mlflow")
USED = Efficiency(timedelta(hours=2), 4, timedelta(hours=6), 1 << 30, 4 << 30, 2, 0.5)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store of MLflow's own on files, and its client."""
    return file_store(tmp_path, monkeypatch)


def done(state: str = "COMPLETED", **more: Any) -> Job:
    return replace(job("python", "train.py", gpus=2, name="train", **more), job_id="7", state=state)


def written(folder: Path, **files: Any) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(
            content if isinstance(content, str) else json.dumps(content)
        )
    return folder


def test_a_run_has_parameters_metrics_by_step_and_files(store: Any, tmp_path: Path) -> None:
    folder = written(
        tmp_path / "fetched",
        params_json={"rate": 0.1, "model": {"depth": 3, "name": "forest"}},
        metrics_json={"auc": 0.9, "loss": [3, 2, 1], "note": "no number"},
        metrics_jsonl='{"step": 10, "dice": 0.5}\n{"step": 20, "dice": 0.75}\n',
        model_pt="weights",
    )
    tracked = track(done(environment={"SECRET": "hidden"}), folder, USED)
    run = store.get_run(tracked.run)
    assert run.data.params == {
        "job.command": "python train.py",
        "job.nodes": "1",
        "job.tasks": "1",
        "job.memory": "10M",
        "job.gpus": "2",
        "rate": "0.1",
        "model.depth": "3",
        "model.name": "forest",
    }
    assert run.data.metrics["auc"] == 0.9
    assert [(each.step, each.value) for each in store.get_metric_history(tracked.run, "dice")] == [
        (10, 0.5),
        (20, 0.75),
    ]
    assert [each.value for each in store.get_metric_history(tracked.run, "loss")] == [3, 2, 1]
    assert "note" not in run.data.metrics
    used = {
        name: run.data.metrics[f"job.{name}"] for name in ("seconds", "gpu_hours", "cpu_share", "gpu_share")
    }
    assert used == {"seconds": 7200, "gpu_hours": 4, "cpu_share": 0.75, "gpu_share": 0.5}
    assert {each.path for each in store.list_artifacts(tracked.run)} >= {"model.pt", "metrics.json"}
    assert (run.info.status, run.info.run_name) == ("FINISHED", "train")
    assert (run.data.tags["maia.system"], run.data.tags["maia.slurm_id"]) == ("cluster", "7")
    assert store.get_experiment(run.info.experiment_id).name == tracked.experiment == "train"


def test_a_job_has_one_run_however_often_it_is_tracked(store: Any, tmp_path: Path) -> None:
    once, folder = done(), written(tmp_path / "fetched", metrics_json={"auc": 0.9})
    first = track(once, folder, None, "compare")
    assert track(once, folder, USED, "compare").run == first.run
    other = track(done(), folder, None, "compare")
    experiment = store.get_experiment_by_name("compare").experiment_id
    assert {each.info.run_id for each in store.search_runs([experiment])} == {first.run, other.run}
    assert store.get_run(first.run).data.metrics["job.seconds"] == 7200


@pytest.mark.parametrize(
    ("state", "status"), [("FAILED", "FAILED"), ("CANCELLED", "KILLED"), ("OUT_OF_MEMORY", "FAILED")]
)
def test_a_job_that_ended_badly_is_a_run_that_did(
    store: Any, tmp_path: Path, state: str, status: str
) -> None:
    tracked = track(done(state), written(tmp_path / "fetched"), None)
    assert store.get_run(tracked.run).info.status == status


@pytest.mark.parametrize("content", ["{ broken", "[1, 2]"])
def test_files_that_say_nothing_are_named(store: Any, tmp_path: Path, content: str) -> None:
    with pytest.raises(InvalidInput, match=r"params\.json"):
        track(done(), written(tmp_path / "fetched", params_json=content), None)


def test_what_mlflow_refuses_is_said(store: Any, tmp_path: Path) -> None:
    with pytest.raises(NotTracked, match="MLflow says"):
        track(done(), written(tmp_path / "fetched", params_json={"bad\nname": 1}), None)


def test_a_refusal_holds_nothing_that_signs_in() -> None:
    said = "401 of https://ada:pa%40ss@mlflow.example/api with Bearer t0ken, ask ada@example.org"
    environment = {"MLFLOW_TRACKING_TOKEN": "t0ken", "MLFLOW_TRACKING_PASSWORD": ""}
    assert without_secrets(said, environment) == (
        "401 of https://mlflow.example/api with Bearer …, ask ada@example.org"
    )


def test_two_who_track_a_job_at_once_make_one_run(store: Any, tmp_path: Path) -> None:
    once, folder = done(), written(tmp_path / "fetched", metrics_json={"auc": 0.9})
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: track(once, folder, None, "compare"), range(4)))
    assert len({each.run for each in made}) == 1
