"""The second notebook runs from top to bottom, says in words what it draws, and its exercise tells right from wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "02_booking_policies.ipynb"
PLOTS = ("demand", "use", "waiting", "lorenz")


class Run:
    """The notebook in a kernel of its own."""

    def __init__(self, client: NotebookClient) -> None:
        self.client = client
        self.cells: dict[str, Any] = {cell.id: cell for cell in client.nb.cells}

    def run(self, name: str, source: str | None = None) -> str:
        """Run a cell, or other code in its place, and return what it prints, or the error's text."""
        cell = self.cells[name]
        given, cell.source = cell.source, source or cell.source
        self.client.execute_cell(cell, self.client.nb.cells.index(cell))
        cell.source = given
        return "\n".join(_shown(output) for output in cell.outputs)


def _shown(output: Any) -> str:
    error = output.output_type == "error"
    return f"{output.ename}: {output.evalue}" if error else str(output.get("text", ""))


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    read = nbformat.read(NOTEBOOK, as_version=4)
    folder = tmp_path_factory.mktemp("home")
    client = NotebookClient(read, timeout=300, allow_errors=True, resources={"metadata": {"path": str(folder)}})
    with client.setup_kernel():
        yield Run(client)


@pytest.fixture(scope="module")
def told(notebook: Run) -> dict[str, str]:
    """What every code cell prints, run in their order; the check's error among it."""
    code = [name for name, cell in notebook.cells.items() if cell.cell_type == "code"]
    return {name: notebook.run(name) for name in code}


def test_it_is_kept_without_outputs() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_every_cell_runs_but_the_check_of_the_unsolved_exercise(told: dict[str, str]) -> None:
    assert {name for name, text in told.items() if "Error" in text} == {"check"}
    assert "Not yet: no booking is given up" in told["check"]


def test_every_picture_is_there_and_told_in_words(notebook: Run, told: dict[str, str]) -> None:
    for name in PLOTS:
        assert any("image/png" in output.get("data", {}) for output in notebook.cells[name].outputs)
        assert "In words:" in told[name]


def test_it_says_of_the_rules_what_it_shows(told: dict[str, str]) -> None:
    served = {
        name: int(share) for name, share in re.findall(r"In words: (.*?): .* (\d+)% of the wishes", told["use"])
    }
    assert served["classic"] < served["open"]
    assert set(served) == {"classic", "open", "open, by arrival", "first-come"}


def test_the_solution_is_found_right(notebook: Run, told: dict[str, str]) -> None:
    solution = re.search(r"```python\n(.*?)```", notebook.cells["solution"].source, re.DOTALL)
    assert solution is not None
    notebook.run("answer", notebook.cells["answer"].source + "\n" + solution[1])
    assert "Correct" in notebook.run("check")


POLICY = "mine = replace(open_rules, policy=replace(open_rules.policy, {}))"


@pytest.mark.parametrize(
    ("answer", "told_of_it"),
    [
        (POLICY.format("no_show_after=30 * HOUR"), "30 minutes"),
        (POLICY.format("no_show_after=HOUR / 2, weekly_gpu_hours=100"), "another rule"),
        ("mine = replace(open_rules, policy=None)", "no rules"),
    ],
    ids=["hours", "more than that", "no rules"],
)
def test_wrong_answers_are_told_apart(
    notebook: Run, told: dict[str, str], answer: str, told_of_it: str
) -> None:
    notebook.run("answer", answer)
    assert told_of_it in notebook.run("check")
