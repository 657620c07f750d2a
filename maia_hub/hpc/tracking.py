"""A finished job as a run of MLflow: what it was given, what it measured, what it made.

The job says so in files of its run folder: ``params.json`` (names and values, nested ones joined by dots),
``metrics.json`` (names with a number each, or with one for each step) and ``metrics.jsonl`` (a line for each step,
``step`` in it if it is not the line's number). What Slurm counted comes beside it. A job has one run, however often it
is tracked.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from maia_hub.core.errors import InvalidInput, MaiaError, Unavailable
from maia_hub.hpc.jobs import Job, home_file
from maia_hub.hpc.showing import Efficiency

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

PARAMS, METRICS, STEPS = "params.json", "metrics.json", "metrics.jsonl"
FILES = (PARAMS, METRICS, STEPS, "/job.sh", "/slurm-*.out")
"""What of a run folder always becomes a part of the run."""
TAG = "maia.job"
"""The tag that a job's run is found again by."""
_STATUS = {"COMPLETED": "FINISHED", "CANCELLED": "KILLED", "PREEMPTED": "KILLED"}
_GIVEN = ("command", "nodes", "tasks", "cpus", "memory", "gpus", "gpu_type", "time", "array")
_LONGEST = 6000
"""Characters of a parameter's value that MLflow takes."""
_BATCH = 1000
_SECRETS = ("MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD")
_PERSON = re.compile(r"(?<=//)[^/@\s]+@")
"""Who signs in, and by which password, as an address may say it."""
_SILENCE = "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"


class NotTracked(MaiaError):
    """MLflow refused, or is not there."""

    code: ClassVar[str] = "not-tracked"
    title: ClassVar[str] = "The run was not written to MLflow"


@dataclass(frozen=True)
class Tracked:
    """The run that a job became."""

    run: str
    experiment: str
    params: int
    metrics: int
    page: str
    """Its page, from MLflow's own address on."""


@dataclass(frozen=True)
class Point:
    """A metric's value at a step."""

    name: str
    value: float
    step: int = 0


def track(job: Job, folder: Path, efficiency: Efficiency | None, experiment: str | None = None) -> Tracked:
    """Write a job and what was fetched of it to the MLflow that MLFLOW_TRACKING_URI names.

    The experiment is called as the job unless it is given; it is made if there is none. Blocks while it does so.
    """
    params, points = dict(_params(job, folder)), [*_used(efficiency), *_points(folder)]
    with writing() as client:
        return _written(client, job, folder, experiment or job.name, params, points)


@contextmanager
def writing() -> Iterator[MlflowClient]:
    """Give the client of the MLflow that MLFLOW_TRACKING_URI names, to one process of a home at a time.

    Raises:
        NotTracked: it refuses, or is not there.
        Unavailable: the client is not installed.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # it would tell its makers of each run
    try:
        from mlflow.exceptions import MlflowException  # noqa: PLC0415 - it loads seconds' worth
        from mlflow.tracking import MlflowClient  # noqa: PLC0415
    except ImportError as e:
        raise Unavailable(
            "MLflow's client is not installed here.", advice="pip install 'maia-hub[lab]', or mlflow-skinny."
        ) from e
    try:
        with _alone(), _silence():
            yield MlflowClient()
    except (MlflowException, OSError) as e:
        raise NotTracked(
            f"MLflow says: {without_secrets(' '.join(str(e).split()))[:500]}",
            advice="See whether MLFLOW_TRACKING_URI names your project's MLflow, and it is running.",
        ) from e


def without_secrets(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return a text without what an environment signs in to MLflow by."""
    for secret in filter(None, map(environment.get, _SECRETS)):
        text = text.replace(secret, "…")
    return _PERSON.sub("", text)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process of a home write at a time: two that find no run of a job would each make one."""
    path = home_file().with_name("tracking.lock")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _silence() -> Iterator[None]:
    """Keep it from printing a run's address, with who signs in, into what others read as JSON or keep as a cell."""
    before = os.environ.get(_SILENCE)
    os.environ[_SILENCE] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SILENCE]
        else:
            os.environ[_SILENCE] = before


def _written(
    client: MlflowClient,
    job: Job,
    folder: Path,
    experiment: str,
    params: Mapping[str, str],
    points: list[Point],
) -> Tracked:
    tags = {"maia.system": job.system, "maia.slurm_id": job.job_id or "", "maia.state": job.state}
    when = milliseconds(job.created)
    number, run = run_of(client, experiment, {TAG: job.token, **tags}, job.name, when)
    say(client, run, params, points, when)
    client.log_artifacts(run, str(folder))
    client.set_terminated(run, _STATUS.get(job.state, "FAILED"), milliseconds(job.changed))
    page = f"#/experiments/{number}/runs/{run}"
    return Tracked(run, experiment, len(params), len({each.name for each in points}), page)


def say(client: MlflowClient, run: str, params: Mapping[str, str], points: list[Point], when: int) -> None:
    """Write parameters and metrics; with the same ``when`` what is there already is not written twice."""
    from mlflow.entities import Metric, Param  # noqa: PLC0415 - as above

    client.log_batch(run, params=[Param(name, value[:_LONGEST]) for name, value in params.items()])
    for start in range(0, len(points), _BATCH):
        batch = [Metric(each.name, each.value, when, each.step) for each in points[start : start + _BATCH]]
        client.log_batch(run, metrics=batch)


def run_of(
    client: MlflowClient, experiment: str, tags: Mapping[str, str], name: str, when: int
) -> tuple[str, str]:
    """Return the experiment's number and the run with the first of the tags, each made if there is none."""
    found = client.get_experiment_by_name(experiment)
    number = found.experiment_id if found else client.create_experiment(experiment)
    tag, value = next(iter(tags.items()))
    runs = client.search_runs([number], f"tags.`{tag}` = '{value}'", max_results=1)
    if runs:
        return number, str(runs[0].info.run_id)
    return number, str(client.create_run(number, when, dict(tags), name).info.run_id)


def _params(job: Job, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what it was given: by Slurm, and as it says itself. Its environment may hold secrets and stays here."""
    spec = json.loads(job.spec)
    for name in _GIVEN:
        if spec.get(name):
            value = spec[name]
            yield f"job.{name}", " ".join(map(str, value)) if isinstance(value, list) else str(value)
    for path in sorted(folder.rglob(PARAMS)):
        yield from _flat(_read(path), path)


def _flat(given: Any, path: Path, within: str = "") -> Iterator[tuple[str, str]]:
    if not isinstance(given, Mapping):
        raise InvalidInput(f"{path.name} is to be an object of names and values.", given=str(given)[:60])
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from _flat(value, path, f"{within}{name}.")
        else:
            yield f"{within}{name}", value if isinstance(value, str) else json.dumps(value)


def _points(folder: Path) -> Iterator[Point]:
    """Yield what it measured, as it says itself."""
    for path in sorted(folder.rglob(METRICS)):
        given = _read(path)
        if not isinstance(given, Mapping):
            raise InvalidInput(f"{path.name} is to be an object of names and numbers.", given=str(given)[:60])
        for name, value in given.items():
            for step, each in enumerate(value if isinstance(value, list) else [value]):
                yield from _point(name, each, step)
    for path in sorted(folder.rglob(STEPS)):
        for number, line in enumerate(path.read_text().splitlines()):
            given = _json(line, path)
            step = given.pop("step", number) if isinstance(given, dict) else number
            for name, value in given.items() if isinstance(given, dict) else ():
                yield from _point(name, value, step if isinstance(step, int) else number)


def _point(name: str, value: Any, step: int) -> Iterator[Point]:
    """Yield a value that is a number; MLflow has no place for others."""
    if isinstance(value, (int, float)) and (isinstance(value, int) or not math.isinf(value)):
        yield Point(name, float(value), step)


def _used(efficiency: Efficiency | None) -> Iterator[Point]:
    """Yield what Slurm counted."""
    if efficiency is None:
        return
    seconds = efficiency.elapsed.total_seconds()
    yield Point("job.seconds", seconds)
    yield Point("job.gpu_hours", efficiency.gpus * seconds / 3600)
    shares = {
        **asdict(efficiency),
        "cpu_share": efficiency.cpu_share,
        "memory_share": efficiency.memory_share,
    }
    for name in ("cpu_share", "memory_share", "gpu_share"):
        if shares[name] is not None:
            yield Point(f"job.{name}", float(shares[name]))


def _read(path: Path) -> Any:
    return _json(path.read_text(), path)


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as e:
        raise InvalidInput(f"{path.name} is not JSON.", given=text[:60]) from e


def milliseconds(when: str) -> int:
    """Return a time as MLflow counts it."""
    return round(datetime.fromisoformat(when).timestamp() * 1000)
