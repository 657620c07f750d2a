"""The first notebook runs from top to bottom in a real workspace, and its exercise tells right from wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest

from maia_hub.client.models import BookingRequest
from tests.notebooks.workspace import RemoteKernel, kernel_in
from tests.platform import Platform

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "01_your_first_gpu_session.ipynb"


@pytest.fixture(scope="module")
def cells() -> dict[str, Any]:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return {cell.id: cell for cell in notebook.cells}


@pytest.fixture(scope="module")
def kernel(platform: Platform) -> Iterator[RemoteKernel]:
    """A kernel of a server that holds a booked GPU for half an hour."""
    client = platform.client("alice")
    pool = client.gpus()[0]
    start = client.me().now
    booked = client.book(BookingRequest(pool=pool.id, start=start, end=start + timedelta(minutes=30)))
    client.close()
    platform.start_server("alice", f"booked:{booked.id}")
    with kernel_in(platform, "alice", NOTEBOOK) as kernel:
        yield kernel


@pytest.fixture(scope="module")
def outputs(kernel: RemoteKernel, cells: dict[str, Any]) -> dict[str, str]:
    """What every code cell shows, run in their order, errors included."""
    code = {name: cell for name, cell in cells.items() if cell.cell_type == "code"}
    return {name: shown(kernel.run(cell.source)) for name, cell in code.items()}


def shown(parts: list[dict[str, Any]]) -> str:
    texts = []
    for part in parts:
        if part["type"] == "error":
            texts.append(f"{part['ename']}: {part['evalue']}")
        texts.append(part.get("text") or part.get("data", {}).get("text/plain", ""))
    return "\n".join(texts)


def test_it_is_kept_without_outputs(cells: dict[str, Any]) -> None:
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells.values())


def test_every_cell_runs_but_the_check_of_the_unsolved_exercise(outputs: dict[str, str]) -> None:
    failed = {name for name, text in outputs.items() if "Error" in text}
    assert failed == {"check"}


def test_the_session_is_seen_and_said_to_be_simulated(outputs: dict[str, str]) -> None:
    assert "imulated" in outputs["magic"]
    assert "imulated" in outputs["time-left"]
    assert "None" not in outputs["time-left"]


def test_the_network_learns_and_goes_on_from_its_checkpoint(outputs: dict[str, str]) -> None:
    assert "all epochs done and saved" in outputs["train"]
    before, after = (int(found) for found in re.findall(r"(\d+)% right", outputs["restore"]))
    assert after > max(before, 85)
    assert "epoch 25" in outputs["go-on"]


def test_the_unsolved_exercise_is_told_what_is_wrong(outputs: dict[str, str]) -> None:
    assert "Not yet" in outputs["check"]
    assert "hint" in outputs["check"]


def test_the_solution_is_found_right(
    outputs: dict[str, str], kernel: RemoteKernel, cells: dict[str, Any]
) -> None:
    solution = re.search(r"```python\n(.*?)```", cells["solution"].source, re.DOTALL)
    assert solution is not None
    kernel.run(solution[1])
    assert "Correct" in shown(kernel.run(cells["check"].source))


NOTHING = "def careful_training(batches, learn, save): pass"
ALWAYS = """
def careful_training(batches, learn, save):
    for batch in batches:
        learn(batch)
        save()
"""
TOO_SOON = """
def careful_training(batches, learn, save):
    for batch in gpu.until_end(batches, reserve="2500ms"):
        learn(batch)
    save()
"""


@pytest.mark.parametrize(
    ("answer", "told"),
    [(NOTHING, "did not learn"), (ALWAYS, "times"), (TOO_SOON, "too soon")],
    ids=["nothing", "always", "too soon"],
)
def test_other_wrong_answers_are_told_apart(
    outputs: dict[str, str], kernel: RemoteKernel, cells: dict[str, Any], answer: str, told: str
) -> None:
    kernel.run(answer)
    assert told in shown(kernel.run(cells["check"].source))
