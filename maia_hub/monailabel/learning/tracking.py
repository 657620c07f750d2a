"""A training as a run of MLflow: the data set version, parameters, metrics by step, and the model that it made.

A training has one run, however often it is tracked: while it runs, so that its loss can be watched, and at its end.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.tracking import Point, Tracked, milliseconds, run_of, say, writing
from maia_hub.monailabel.learning.datasets import DataSet
from maia_hub.monailabel.learning.events import State, Training, Version

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

TAG = "maia.training"
"""The tag that a training's run is found again by."""
TRAIN, HELD = "train.json", "held_out.json"
_STATUS: dict[State, str] = {"ended": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
_DIGEST = 36
"""Characters of a data set's digest that MLflow takes."""


@dataclass(frozen=True)
class Outcome:
    """What a training measured so far and made: ``model`` is a file or folder, ``version`` what it became."""

    points: Sequence[Point] = ()
    model: Path | None = None
    version: Version | None = None


def track(training: Training, outcome: Outcome, experiment: str | None = None) -> Tracked:
    """Write a training to the MLflow that MLFLOW_TRACKING_URI names; the experiment is called as the model.

    Raises:
        NotTracked: MLflow refuses, or is not there.
        InvalidInput: the model is not where it is said to be.
    """
    if outcome.model is not None and not outcome.model.exists():
        raise InvalidInput("There is no model to keep.", given=str(outcome.model))
    points = [*outcome.points]
    if outcome.version is not None and outcome.version.score is not None:
        points.append(Point("held_out_dice", outcome.version.score))
    params = _params(training)
    name, when = experiment or training.model, milliseconds(training.started.isoformat())
    with writing() as client:
        tags = {TAG: training.id, "maia.model": training.model, "maia.by": training.by}
        number, run = run_of(client, name, tags, training.model, when)
        say(client, run, params, _new(client, run, points), when)
        _keep_data(client, run, training)
        _tell_state(client, run, training, outcome)
    return Tracked(
        run, name, len(params), len({each.name for each in points}), f"#/experiments/{number}/runs/{run}"
    )


def _new(client: MlflowClient, run: str, points: Sequence[Point]) -> list[Point]:
    """Return the points that the run does not have: some stores would hold them twice."""
    there = {
        (name, each.step): each.value
        for name in {point.name for point in points}
        for each in client.get_metric_history(run, name)
    }
    return [each for each in points if there.get((each.name, each.step)) != each.value]


def _params(training: Training) -> dict[str, str]:
    return {
        **training.parameters,
        "data.train": training.train.version,
        "data.train.labels": str(len(training.train.labels)),
        "data.held_out": training.held.version,
        "data.held_out.labels": str(len(training.held.labels)),
    }


def _keep_data(client: MlflowClient, run: str, training: Training) -> None:
    """Write which instances, by whom, it learnt from and is scored on: as files, and as MLflow's own data sets."""
    from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: PLC0415 - it loads seconds' worth

    inputs = []
    for file, context, data in ((TRAIN, "training", training.train), (HELD, "evaluation", training.held)):
        with _written(file, data) as path:
            client.log_artifact(run, str(path), "data")
        source = json.dumps({"file": f"data/{file}", "version": data.version})
        described = Dataset(training.model, data.version[:_DIGEST], "dicom", source)
        inputs.append(DatasetInput(described, [InputTag("mlflow.data.context", context)]))
    client.log_inputs(run, inputs)


@contextmanager
def _written(name: str, data: DataSet) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="maia-data-") as folder:
        path = Path(folder) / name
        path.write_text(json.dumps({"version": data.version, "labels": data.listed()}, indent=1))
        yield path


def _tell_state(client: MlflowClient, run: str, training: Training, outcome: Outcome) -> None:
    if outcome.model is not None:
        keep = client.log_artifacts if outcome.model.is_dir() else client.log_artifact
        keep(run, str(outcome.model), "model")
    client.set_tag(run, "maia.state", training.state)
    if outcome.version is not None:
        client.set_tag(run, "maia.version", str(outcome.version.number))
    if training.why:
        client.set_tag(run, "maia.why", training.why)
    if training.state in _STATUS:
        ended = milliseconds(training.changed.isoformat())
        client.set_terminated(run, _STATUS[training.state], ended)
    else:
        client.update_run(run, status="RUNNING")
