"""The fourth notebook runs from top to bottom against a real Orthanc, and its exercise tells right from wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.dicom import orthanc as servers
from tests.dicom.orthanc import Orthanc
from tests.notebooks.test_booking_policies import Run

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "04_dicom_in_and_out.ipynb"


@pytest.fixture(scope="module")
def orthanc() -> Iterator[Orthanc]:
    with servers.running(settings={"AuthenticationEnabled": False}) as started:
        yield started


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory, orthanc: Orthanc) -> Iterator[Run]:
    read = nbformat.read(NOTEBOOK, as_version=4)
    place = {"metadata": {"path": str(tmp_path_factory.mktemp("home"))}}
    client = NotebookClient(read, timeout=300, allow_errors=True, resources=place)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAIA_DICOMWEB_URL", orthanc.url)
        with client.setup_kernel():
            yield Run(client)


@pytest.fixture(scope="module")
def told(notebook: Run) -> dict[str, str]:
    """What every code cell prints, run in their order; the check's error among it."""
    code = [name for name, cell in notebook.cells.items() if cell.cell_type == "code"]
    return {name: notebook.run(name) for name in code}


def shown(notebook: Run, name: str, kind: str = "text/plain") -> str:
    """Return what a cell displays."""
    return "\n".join(str(output.get("data", {}).get(kind, "")) for output in notebook.cells[name].outputs)


def test_it_is_kept_without_outputs() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_every_cell_runs_but_the_check_of_the_unsolved_exercise(told: dict[str, str]) -> None:
    assert {name for name, text in told.items() if "Error" in text} == {"check"}, told
    assert "Not yet: grey_ml is still None" in told["check"]


def test_the_brain_goes_there_and_nothing_goes_twice(told: dict[str, str], orthanc: Orthanc) -> None:
    brain, again, vendors = (line for line in told["sent"].splitlines() if line)
    assert brain == "brain: 95 taken, 0 there already, 0 refused"
    assert again == "brain: 0 taken, 95 there already, 0 refused"
    assert int(re.findall(r"(\d+) taken", vendors)[0]) > 50
    assert told["why"].count("–") == 3
    assert orthanc.instances() > 95 + 50


def test_it_comes_back_as_it_was(told: dict[str, str]) -> None:
    assert told["volume"].split() == ["same", "place:", "True", "same", "values:", "True"]
    assert "same values: True" in told["convert"]


def test_a_series_with_a_hole_is_refused_by_its_slice(told: dict[str, str]) -> None:
    assert "161 missing between" in told["hole"]


def test_it_is_shown_and_a_picture_is_kept(notebook: Run, told: dict[str, str]) -> None:
    assert len(shown(notebook, "shown", "image/png")) > 10_000
    assert "model_id" in shown(notebook, "shown", "application/vnd.jupyter.widget-view+json")


def test_the_segmentation_is_listed_and_read_back_with_its_codes(notebook: Run, told: dict[str, str]) -> None:
    assert "SEG" in shown(notebook, "seg")
    grey, white = (re.findall(rf"{name}: (\d+)", told["brain"])[0] for name in ("grey", "white"))
    assert f"{grey} voxels" in told["again"]
    assert f"{white} voxels" in told["again"]
    assert "389081007" in told["again"]


def test_the_solution_is_found_right(notebook: Run, told: dict[str, str]) -> None:
    solution = re.search(r"```python\n(.*?)```", notebook.cells["solution"].source, re.DOTALL)
    assert solution is not None
    notebook.run("answer", solution[1])
    assert "Correct" in notebook.run("check")


@pytest.mark.parametrize(
    ("answer", "told_of_it"),
    [
        ("grey_ml = (fetched.array == 1).sum()", "these are voxels"),
        ("grey_ml = (fetched.array == 1).sum() * np.prod(volume.spacing)", "cubic millimetres"),
        ("grey_ml = (fetched.array == 2).sum() * np.prod(volume.spacing) / 1000", "white matter."),
        ("grey_ml = (fetched.array > 0).sum() * np.prod(volume.spacing) / 1000", "together"),
        ("grey_ml = 700", "cannot be"),
    ],
    ids=["voxels", "cubic millimetres", "white", "both", "guessed"],
)
def test_wrong_answers_are_told_apart(
    notebook: Run, told: dict[str, str], answer: str, told_of_it: str
) -> None:
    notebook.run("answer", answer)
    assert told_of_it in notebook.run("check")
