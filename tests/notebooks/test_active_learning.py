"""The sixth notebook: its exercise is checked in every run, the whole of it with the real MONAI Label (`make soak`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.monailabel import real

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "06_active_learning.ipynb"
SOLUTION = """
def choose(left, labelled, uncertainty):
    def key(name):
        scanner = name.split("-")[0]
        return sum(each.startswith(scanner) for each in labelled), -np.percentile(uncertainty[name], 95)
    return min(left, key=key)
"""


@pytest.fixture(scope="module")
def cells() -> dict[str, Any]:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return {cell.id: cell for cell in notebook.cells}


@pytest.fixture(scope="module")
def images(cells: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the notebook knows once its images are made, and the first labels named."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        known: dict[str, Any] = {}
        exec(cells["data"].source, known)
        exec(next(line for line in cells["loop"].source.splitlines() if line.startswith("FIRST =")), known)
        yield known


def said(capsys: pytest.CaptureFixture[str], known: dict[str, Any], cells: dict[str, Any], answer: str) -> str:
    """Return what the checking cell says of an answer to the exercise."""
    exec(answer, known)
    exec(cells["check"].source, known)
    return capsys.readouterr().out.strip()


def test_it_is_kept_without_outputs(cells: dict[str, Any]) -> None:
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells.values())


def test_the_images_have_their_labels_and_the_test_is_apart(images: dict[str, Any]) -> None:
    made = {path.name.removesuffix(".nii.gz") for path in images["pool"].glob("*.nii.gz")}
    assert made == set(images["oracle"])
    assert {scanner for scanner, _, _ in images["test"]} == set(images["SCANNERS"])
    assert not set(images["aside"]) & set(images["learnt"])
    assert all(set(label.flat) == {0, 1, 2} for label in images["oracle"].values())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "Not yet: usual-"),
        ("def choose(left, labelled, uncertainty): return 'none'", "is not one of the images that are left"),
        (SOLUTION.replace(", 95", ", 5"), "is less sure"),
        (SOLUTION, "Well done: "),
    ],
    ids=["as it is", "no image", "the wrong end", "solved"],
)
def test_the_check_knows_a_right_answer_from_wrong_ones(
    answer: str | None,
    words: str,
    cells: dict[str, Any],
    images: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert words in said(capsys, dict(images), cells, answer or cells["solution"].source)


def text(output: Any) -> str:
    """Return what an output of a cell says."""
    return str(output.get("text") or output.get("data", {}).get("text/plain", ""))


@pytest.mark.soak
def test_it_runs_as_a_whole_and_labels_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real.environment()
    monkeypatch.setenv("XDG_CACHE_HOME", real.cache_home())
    monkeypatch.setenv("HOME", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = {cell.id: "\n".join(map(text, cell.get("outputs", []))) for cell in notebook.cells}
    assert "strategies: random, least_sure, most_unlike" in shown["asked"]
    summary = {line.split(":")[0]: line for line in shown["draw"].splitlines() if ": Dice " in line}
    assert set(summary) == {"random", "least_sure", "most_unlike"}
    for line in summary.values():
        first, last = (float(line.split(words)[0].split()[-1]) for words in (" at first", " at the end"))
        assert last > first
    assert "tissue is stopped" in shown["end"]
