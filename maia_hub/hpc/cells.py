"""A cell of a notebook as a job: its code and named variables there, its variables or its error back.

Variables are one pickle of protocol 5, written by `cloudpickle`, which travels along: functions and classes of the
notebook go by value, everything from a module by its name, so that module must be there. What comes back is a copy.
Every pickle is checked against the digest that was told for it. Reading one runs code of whoever wrote it: that is
the user's own account on the system.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import pickle
import platform
import posixpath
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from types import ModuleType
from typing import Any, ClassVar

import cloudpickle

from maia_hub.core.errors import InvalidInput, MaiaError
from maia_hub.hpc import cellrunner
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.jobspec import JobSpec
from maia_hub.hpc.transport import NoSuchFile, Transport, TransportError

PROTOCOL = 5
FOLDER = "cell"
"""What the run folder holds the cell in."""
_START = ("sh", "-c", f'exec "$0" -u "$MAIA_RUN/{FOLDER}/run.py"')
_PIECE = 4 << 20


class CellFailed(MaiaError):
    """The cell ended with an error; ``traceback`` is how it was told there."""

    code: ClassVar[str] = "cell-failed"
    title: ClassVar[str] = "The cell ended with an error"

    def __init__(self, message: str, *, traceback: str) -> None:
        super().__init__(message)
        self.traceback = traceback


class ResultDamaged(MaiaError):
    """What lies in the run folder is not what the cell has written."""

    code = "result-damaged"
    title = "The result is damaged"


@dataclass(frozen=True)
class Cell:
    """A cell: its code, the variables that it gets, and the names of those that it gives back."""

    code: str
    given: Mapping[str, Any]
    wanted: Sequence[str] = ()


@dataclass(frozen=True)
class Result:
    """What a cell has given back, and the Python that it ran in."""

    values: Mapping[str, Any]
    python: str


def command(python: str) -> list[str]:
    """Return the command of a job that runs a cell in the run folder with this Python."""
    return [*_START, python]


def is_cell(job: Job) -> bool:
    """Tell whether a job runs a cell."""
    return JobSpec.model_validate_json(job.spec).command[: len(_START)] == _START


def files(cell: Cell) -> dict[str, bytes]:
    """Return what the folder of a cell holds at first, by name; InvalidInput for what cannot be sent."""
    _checked(cell)
    try:
        data = cellrunner.dumped(cloudpickle, dict(cell.given), PROTOCOL)
    except cellrunner.Fault as e:
        raise InvalidInput(str(e), advice="Send what it is made from, and make it there.") from None
    told = {
        "out": list(cell.wanted),
        "protocol": PROTOCOL,
        "python": platform.python_version(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return {
        "run.py": (resources.files("maia_hub.hpc") / "cellrunner.py").read_bytes(),
        "cloudpickle.zip": _archive(cloudpickle),
        "cell.py": cell.code.encode(),
        "cell.json": json.dumps(told).encode(),
        "in.pickle": data,
    }


async def result(job: Job, transport: Transport) -> Result:
    """Return what the cell of a job has given back.

    Raises CellFailed with its traceback, NoSuchFile if it has written nothing, ResultDamaged if that is not whole.
    """
    try:
        told = json.loads(await _read(job, transport, "result.json"))
    except ValueError as e:
        raise ResultDamaged(f"The result of {job.token} cannot be read.") from e
    if told.get("token") != job.token:
        raise ResultDamaged(f"The result in {job.folder} is that of another job.")
    if not told["ok"]:
        error = told["error"]
        raise CellFailed(f"{error['type']}: {error['message']}", traceback=error["traceback"])
    data = await _read(job, transport, "out.pickle")
    if len(data) != told["size"] or hashlib.sha256(data).hexdigest() != told["sha256"]:
        raise ResultDamaged(f"The variables of {job.token} are not what the cell has written.")
    return Result(_loaded(data, told), str(told["python"]))


def _loaded(data: bytes, told: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        values: dict[str, Any] = pickle.loads(data)  # noqa: S301 - the user's own account wrote it, see above
    except Exception as e:
        raise TransportError(
            f"The variables cannot be read here: {type(e).__name__}: {e}",
            advice=f"They were written by Python {told['python']} with cloudpickle {told['cloudpickle']}; here are"
            f" {platform.python_version()} and {cloudpickle.__version__}. Give back plain data, or install what is"
            " missing here.",
        ) from e
    return values


async def _read(job: Job, transport: Transport, name: str) -> bytes:
    """Read a file of the cell; one that is replaced meanwhile does not pass its digest."""
    path, data = posixpath.join(job.folder, FOLDER, name), bytearray()
    try:
        while piece := await transport.read(path, offset=len(data), limit=_PIECE):
            data += piece
    except NoSuchFile as e:
        raise NoSuchFile(
            f"The cell of {job.token} has left no result.", advice="The end of its log may say why."
        ) from e
    return bytes(data)


def _checked(cell: Cell) -> None:
    for name in (*cell.given, *cell.wanted):
        if not name.isidentifier():
            raise InvalidInput(
                f"{name[:60]!r} is no name of a variable.", allowed="names with commas between"
            )
    try:
        ast.parse(cell.code)
    except SyntaxError as e:
        raise InvalidInput(
            f"The cell is not Python: line {e.lineno}: {e.msg}.",
            given=(e.text or "").strip()[:80],
            advice="Magics and ! are the notebook's own: they do not run elsewhere.",
        ) from e
    except ValueError as e:
        raise InvalidInput(f"The cell is not Python: {e}.") from e


def _archive(package: ModuleType) -> bytes:
    """Return a package of plain Python as an archive that it can be imported from."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in resources.files(package).iterdir():
            if each.name.endswith(".py"):
                archive.writestr(f"{package.__name__}/{each.name}", each.read_bytes())
    return into.getvalue()
