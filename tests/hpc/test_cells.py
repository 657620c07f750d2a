"""A cell runs elsewhere: variables go and come back whole, errors come back readable, damage is seen."""

from __future__ import annotations

import asyncio
import json
import math
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc import cells
from maia_hub.hpc.cells import Cell, CellFailed, Result, ResultDamaged
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.submitting import describe
from maia_hub.hpc.systemfiles import LOCAL
from maia_hub.hpc.transport import NoSuchFile, TransportError


class Place:
    """A run folder, and the job that has it."""

    def __init__(self, home: Path, cell: Cell) -> None:
        spec = job_spec(name="cell", command=cells.command(sys.executable))
        self.job: Job = describe(spec, LOCAL)
        self.home = home
        self.folder = home / self.job.folder / cells.FOLDER
        self.folder.mkdir(parents=True)
        for name, data in cells.files(cell).items():
            (self.folder / name).write_bytes(data)

    def run(self) -> subprocess.CompletedProcess[str]:
        spec = json.loads(self.job.spec)
        run = {"MAIA_RUN": str(self.folder.parent), "MAIA_TOKEN": self.job.token}
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run(
            spec["command"], env={**clean, **run}, capture_output=True, text=True, check=False, cwd=self.home
        )

    def result(self) -> Result:
        return asyncio.run(cells.result(self.job, LocalTransport(self.home)))

    def damage(self, **values: Any) -> None:
        told = json.loads((self.folder / "result.json").read_text())
        (self.folder / "result.json").write_text(json.dumps({**told, **values}))


def ran(home: Path, code: str, given: Mapping[str, Any] | None = None, *wanted: str) -> Place:
    place = Place(home, Cell(code, given or {}, wanted))
    place.said = place.run()  # type: ignore[attr-defined]
    return place


def test_variables_go_and_come_back_with_functions_and_classes_of_the_notebook(tmp_path: Path) -> None:
    notebook: dict[str, Any] = {"__name__": "__main__", "math": math}
    exec("def area(r): return math.pi * r**2\nclass Shape:\n    sides = 4\n", notebook)
    code = (
        "import sys\nhere = area(2)\nshape = Shape()\ndef twice(x): return 2 * x\nprint('in', sys.argv[1:])"
    )
    given = {"area": notebook["area"], "Shape": notebook["Shape"]}
    place = ran(tmp_path, code, given, "here", "shape", "twice")
    values = place.result().values
    assert values["here"] == pytest.approx(math.pi * 4)
    assert values["shape"].sides == 4
    assert values["twice"](21) == 42
    assert cells.is_cell(place.job)
    assert not cells.is_cell(describe(job_spec(name="x", command=["true"]), LOCAL))


def test_an_error_comes_back_with_the_lines_of_the_cell_and_no_others(tmp_path: Path) -> None:
    place = ran(tmp_path, "def f(x):\n    return 1 / x\n\nf(0)\n")
    with pytest.raises(CellFailed, match="ZeroDivisionError: division by zero") as caught:
        place.result()
    lines = caught.value.traceback.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert '  File "<cell>", line 4, in <module>' in lines
    assert "    return 1 / x" in lines
    assert not any("run.py" in line or "cellrunner" in line for line in lines)
    assert place.said.stderr == caught.value.traceback  # type: ignore[attr-defined]
    assert place.said.returncode == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("pass", "no variable lost"),
        ("import threading; lost = threading.Lock()", r"lost \(lock\) cannot be sent"),
        ("import sys; sys.exit('enough')", "SystemExit: enough"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_what_cannot_be_given_back_is_said(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(CellFailed, match=said):
        ran(tmp_path, code, {}, "lost").result()


def test_a_program_that_ends_itself_well_has_ended_well(tmp_path: Path) -> None:
    assert ran(tmp_path, "x = 1\nimport sys\nsys.exit()", {}, "x").result().values == {"x": 1}


@pytest.mark.parametrize(
    ("code", "given", "wanted", "said"),
    [
        ("x = = 1", {}, (), "line 1"),
        ("!ls", {}, (), "Magics|not Python"),
        ("x = '\0'", {}, (), "not Python"),
        ("x = 1", {"lock": threading.Lock()}, (), r"lock \(lock\) cannot be sent"),
        ("x = 1", {}, ("x y",), "no name of a variable"),
    ],
)
def test_what_cannot_be_sent_is_refused_here(
    code: str, given: dict[str, Any], wanted: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        cells.files(Cell(code, given, wanted))


def test_damage_on_either_way_is_seen(tmp_path: Path) -> None:
    place = ran(tmp_path, "y = x", {"x": [1, 2, 3]}, "y")
    assert place.result().values == {"y": [1, 2, 3]}
    whole = (place.folder / "out.pickle").read_bytes()
    for part in (whole[:-1], whole[:-2] + b"x.", b""):
        (place.folder / "out.pickle").write_bytes(part)
        with pytest.raises(ResultDamaged):
            place.result()
    place.damage(token="another")
    with pytest.raises(ResultDamaged, match="another job"):
        place.result()
    (place.folder / "result.json").write_text("{")
    with pytest.raises(ResultDamaged):
        place.result()
    (place.folder / "result.json").unlink()
    with pytest.raises(NoSuchFile, match="left no result"):
        place.result()
    (place.folder / "in.pickle").write_bytes(pickle.dumps({"x": 1}))
    place.run()
    with pytest.raises(CellFailed, match="did not arrive whole"):
        place.result()


def test_another_python_is_told_where_it_matters(tmp_path: Path) -> None:
    place = Place(tmp_path, Cell("y = 1", {}, ("y",)))
    told = json.loads((place.folder / "cell.json").read_text())
    (place.folder / "cell.json").write_text(json.dumps({**told, "python": "3.7.1"}))
    assert "The notebook has Python 3.7.1, this machine 3." in place.run().stderr
    (place.folder / "out.pickle").write_bytes(b"\x80\x05cno_such_module\nx\n.")
    data = (place.folder / "out.pickle").read_bytes()
    place.damage(sha256=__import__("hashlib").sha256(data).hexdigest(), size=len(data), python="3.7.1")
    with pytest.raises(TransportError, match="no_such_module") as caught:
        place.result()
    assert "Python 3.7.1" in str(caught.value.advice)


def test_a_module_that_is_missing_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "only_here.py"
    module.write_text("class Thing: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    thing = __import__("only_here").Thing()
    home = tmp_path / "elsewhere"
    home.mkdir()
    with pytest.raises(CellFailed, match=r"a module that Python has not got there.*only_here"):
        ran(home, "pass", {"thing": thing}).result()
