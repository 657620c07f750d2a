"""The third notebook runs from top to bottom on a real Slurm and here, and its exercise tells right from wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from maia_hub.hpc.jobs import Jobs
from maia_hub.hpc.systemfiles import home_folder
from tests.hpc.people import Home, stop_broker
from tests.notebooks.test_booking_policies import Run
from tests.slurm.python import with_learning
from tests.slurm.site import Site

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "03_train_on_slurm.ipynb"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Home]:
    """A home that knows the system."""
    made = Home(tmp_path_factory.mktemp("learning") / "home")
    made.knows(site.sshd)
    made.host("login", site.sshd.port, site.account)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(made.folder))
        patch.delenv("SSH_AUTH_SOCK", raising=False)
        home_folder().mkdir(parents=True)
        (home_folder() / "login.yaml").write_text("control: {host: login}\npoll: 1s\n")
        yield made
        stop_broker()


@pytest.fixture(scope="module", params=["login", "local"])
def where(request: pytest.FixtureRequest) -> str:
    """The system that it is run for."""
    return str(request.param)


@pytest.fixture(scope="module")
def notebook(home: Home, site: Site, where: str) -> Iterator[Run]:
    read = nbformat.read(NOTEBOOK, as_version=4)
    folder = home.folder / where
    folder.mkdir()
    place = {"metadata": {"path": str(folder)}}
    client = NotebookClient(read, timeout=300, allow_errors=True, resources=place)
    with client.setup_kernel():
        run = Run(client)
        if where == "login":
            python = with_learning(site)
            run.cells["where"].source = re.sub(
                '"--system local"', f'"--system login --python {python}"', run.cells["where"].source
            )
        yield run


@pytest.fixture(scope="module")
def told(notebook: Run) -> dict[str, str]:
    """What every code cell prints, run in their order; the check's error among it."""
    code = [name for name, cell in notebook.cells.items() if cell.cell_type == "code"]
    return {name: notebook.run(name) for name in code}


def shown(cell: Any) -> str:
    """Return what a cell displays, as text."""
    return "\n".join(str(output.get("data", {}).get("text/plain", "")) for output in cell.outputs)


def test_it_is_kept_without_outputs() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_every_cell_runs_but_the_check_of_the_unsolved_exercise(told: dict[str, str]) -> None:
    failed = {name for name, text in told.items() if re.search(r"\w+(Error|Done)\b: ", text)}
    assert failed == {"check"}
    assert "Not yet: results['boosting'] is missing" in told["check"]


def test_both_models_were_trained_there_and_are_good(told: dict[str, str], notebook: Run, where: str) -> None:
    assert {"regression", "forest"} <= {job.name for job in Jobs().all(where)}
    assert "with 426 women" in told["first"]
    rows = {line.split()[0]: line.split() for line in told["table"].splitlines()[1:]}
    assert all(float(rows[name][1]) > 0.95 for name in ("regression", "forest"))
    assert "160" in shown(notebook.cells["results"])
    assert "forest" in shown(notebook.cells["list"])
    assert any("image/png" in output.get("data", {}) for output in notebook.cells["plot"].outputs)


def test_both_are_runs_of_mlflow_with_what_they_measured(told: dict[str, str], notebook: Run) -> None:
    lines = shown(notebook.cells["track"]).splitlines()
    rows = [line.split() for line in lines if line.startswith(("regression", "forest"))]
    assert {row[0]: row[3] for row in rows} == {"regression": "FINISHED", "forest": "FINISHED"}
    assert {row[0]: row[1] for row in rows}["forest"] == "160"
    assert all(0.95 < float(row[2]) < 1 for row in rows)


def test_the_solution_is_found_right_and_other_answers_are_told_apart(
    told: dict[str, str], notebook: Run
) -> None:
    solution = re.findall(r"```python\n(.*?)```", notebook.cells["solution"].source, re.DOTALL)
    for block in solution:
        notebook.run("answer", block)
    assert "Correct" in notebook.run("check")
    for wrong, said in (
        ("1 - np.asarray(scores)", "wrong way round"),
        ("(np.asarray(scores) > 0.5).astype(int)", "decisions"),
        ("scores[:-1]", "one score is wanted"),
        ("results['forest']", "another model's"),
    ):
        notebook.run("answer", f"results['boosting'] = {wrong}")
        assert said in notebook.run("check")
