"""A training is one run of MLflow: data set version with instances and authors, parameters, metrics, model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.tracking import NotTracked, Point
from maia_hub.monailabel.learning import rules
from maia_hub.monailabel.learning.events import Learning, after
from maia_hub.monailabel.learning.rules import Policy, Wanted
from maia_hub.monailabel.learning.tracking import Outcome, track
from tests.monailabel.learning.labelling import NOON, SPLEEN, label
from tests.runs import file_store

pytest.importorskip("mlflow")
POLICY = Policy(share=0.3)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store of MLflow's own on files, and its client."""
    return file_store(tmp_path, monkeypatch)


def begun() -> Learning:
    """Return a state with a training of ten labels by two people that runs."""
    state = Learning()
    for number in range(10):
        author = "bob" if number % 2 else "ada"
        state = after(state, rules.submitted(state, label(number, author=author), NOON))
    wanted = Wanted("t-1", SPLEEN, {"epochs": "3", "rate": "0.1"}, "ada")
    return after(state, rules.start(state, wanted, POLICY, NOON))


def artifact(store: Any, run: str, path: str, into: Path) -> Any:
    return json.loads(Path(store.download_artifacts(run, path, str(into))).read_text())


def test_a_run_has_the_data_the_parameters_the_metrics_and_the_model(store: Any, tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"weights")
    (tmp_path / "into").mkdir()
    state = begun()
    state = after(state, rules.ended(state, "t-1", "/models/1", NOON, score=0.75))
    training, version = state.training("t-1"), state.version(SPLEEN, 1)
    losses = [Point("loss", 1 / step, step) for step in (1, 2, 4)]
    tracked = track(training, Outcome(losses, tmp_path / "model.pt", version))
    run = store.get_run(tracked.run)
    assert (run.info.status, tracked.experiment) == ("FINISHED", SPLEEN)
    assert run.data.params == {
        "epochs": "3",
        "rate": "0.1",
        "data.train": training.train.version,
        "data.train.labels": str(len(training.train.labels)),
        "data.held_out": training.held.version,
        "data.held_out.labels": str(len(training.held.labels)),
    }
    history = store.get_metric_history(tracked.run, "loss")
    assert [(each.step, each.value) for each in history] == [(1, 1.0), (2, 0.5), (4, 0.25)]
    assert run.data.metrics["held_out_dice"] == 0.75
    assert (run.data.tags["maia.version"], run.data.tags["maia.by"]) == ("1", "ada")
    kept = artifact(store, tracked.run, "data/train.json", tmp_path / "into")
    assert kept == {"version": training.train.version, "labels": training.train.listed()}
    held = artifact(store, tracked.run, "data/held_out.json", tmp_path / "into")
    assert {each["author"] for each in kept["labels"] + held["labels"]} == {"ada", "bob"}
    assert [each.path for each in store.list_artifacts(tracked.run, "model")] == ["model/model.pt"]
    inputs = {each.tags[0].value: each.dataset for each in run.inputs.dataset_inputs}
    assert inputs["training"].digest == training.train.version[:36]
    assert inputs["evaluation"].digest == training.held.version[:36]


def test_a_training_is_watched_while_it_runs_and_stays_one_run(store: Any, tmp_path: Path) -> None:
    state = begun()
    points = [Point("loss", 1.0, 1)]
    first = track(state.training("t-1"), Outcome(points), "spleens")
    assert store.get_run(first.run).info.status == "RUNNING"
    stopped = after(state, rules.interrupted(state, "t-1", "the booking ends", NOON))
    track(stopped.training("t-1"), Outcome(points), "spleens")
    run = store.get_run(first.run)
    assert (run.info.status, run.data.tags["maia.why"]) == ("KILLED", "the booking ends")
    again = after(stopped, rules.resumed(stopped, "t-1", NOON))
    points.append(Point("loss", 0.5, 2))
    assert track(again.training("t-1"), Outcome(points), "spleens").run == first.run
    assert store.get_run(first.run).info.status == "RUNNING"
    assert [each.value for each in store.get_metric_history(first.run, "loss")] == [1.0, 0.5]
    experiment = store.get_experiment_by_name("spleens").experiment_id
    assert len(store.search_runs([experiment])) == 1


def test_a_model_that_is_not_there_is_said(store: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no model to keep"):
        track(begun().training("t-1"), Outcome(model=tmp_path / "gone.pt"))


def test_what_mlflow_refuses_is_said(store: Any) -> None:
    training = replace(begun().training("t-1"), parameters={"bad\nname": "1"})
    with pytest.raises(NotTracked, match="MLflow says"):
        track(training, Outcome())
