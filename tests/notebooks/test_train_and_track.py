"""The fifth notebook runs from top to bottom in a real workspace: PyTorch, MLflow and the object store are real."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.notebooks.pytorch import KERNEL, install_kernel
from tests.notebooks.test_first_gpu_session import shown
from tests.notebooks.workspace import RemoteKernel, kernel_in
from tests.platform import Platform
from tests.tools.running import started

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "05_train_and_track.ipynb"


@pytest.fixture(scope="module")
def cells() -> dict[str, Any]:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return {cell.id: cell for cell in notebook.cells}


@pytest.fixture(scope="module")
def kernel(platform: Platform) -> Iterator[RemoteKernel]:
    """A kernel with PyTorch, of a server in a project whose tools run."""
    started(platform, "alice", "mlflow", "s3")
    install_kernel(platform.data / "homes" / "alice")
    platform.start_server("alice")
    with kernel_in(platform, "alice", NOTEBOOK, KERNEL) as kernel:
        yield kernel


@pytest.fixture(scope="module")
def outputs(kernel: RemoteKernel, cells: dict[str, Any]) -> dict[str, str]:
    """What every code cell shows, run in their order, errors included."""
    code = {name: cell for name, cell in cells.items() if cell.cell_type == "code"}
    return {name: shown(kernel.run(cell.source)) for name, cell in code.items()}


def test_it_is_kept_without_outputs(cells: dict[str, Any]) -> None:
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells.values())


def test_every_cell_runs_but_the_check_of_the_unsolved_exercise(outputs: dict[str, str]) -> None:
    assert {name for name, text in outputs.items() if "Error" in text} == {"check"}, outputs
    assert "Not yet: that is not the run" in outputs["check"]


def test_the_network_learns_and_goes_on_in_the_same_record(outputs: dict[str, str]) -> None:
    epochs = re.findall(r"epoch (\d): .*white matter (0\.\d+)", outputs["train"] + outputs["resume"])
    assert [number for number, _ in epochs] == list("123456")
    assert float(epochs[-1][1]) > 0.7
    assert "in the same record: True" in outputs["resume"]


def test_what_was_tried_is_recorded_and_the_model_lies_in_the_store(
    outputs: dict[str, str], kernel: RemoteKernel
) -> None:
    assert "s3://models/brain-tissues/" in outputs["store"]
    told = shown(
        kernel.run(
            "client = mlflow.MlflowClient()\n"
            "print([p.path for p in client.list_artifacts(run_id)], len(client.get_metric_history(run_id, 'dice')))\n"
            "saved = s3.get_object(BUCKET, name).read()\n"
            "print(saved == open(CHECKPOINT, 'rb').read() or torch.load(__import__('io').BytesIO(saved))['run_id'] == run_id)"
        )
    )
    assert "['tissues.png'] 6" in told
    assert "True" in told


def test_no_credential_is_shown(outputs: dict[str, str], kernel: RemoteKernel) -> None:
    secrets = shown(
        kernel.run("print(os.environ['AWS_SECRET_ACCESS_KEY'], os.environ['MLFLOW_TRACKING_TOKEN'])")
    ).split()
    assert len(secrets) == 2
    assert not any(secret in text for secret in secrets for text in outputs.values())


def test_the_solution_is_found_right(
    outputs: dict[str, str], kernel: RemoteKernel, cells: dict[str, Any]
) -> None:
    solution = re.search(r"```python\n(.*?)```", cells["solution"].source, re.DOTALL)
    assert solution is not None
    kernel.run(solution[1])
    assert "Correct" in shown(kernel.run(cells["check"].source))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("runs.loc[runs['metrics.loss'].idxmin(), 'run_id']", "`metrics.dice`"),
        ("runs.sort_values('metrics.dice', na_position='last')['run_id'].iloc[-1]", "without a score"),
    ],
    ids=["smallest loss", "NaN wins"],
)
def test_wrong_answers_are_told_apart(
    outputs: dict[str, str], kernel: RemoteKernel, cells: dict[str, Any], answer: str, told: str
) -> None:
    kernel.run(f"def best_run(runs):\n    return {answer}")
    assert told in shown(kernel.run(cells["check"].source))
