"""A notebook or a folder that goes to a system and runs there, and what comes back by itself."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from maia_hub.core.errors import NotFound
from maia_hub.hpc.jobs import home_file
from maia_hub.hpc.systems import System
from maia_lab.paths import within

RUNNER = "maia_run_notebook.py"
_PROGRAM = '''\
"""Executes a notebook by papermill, else by nbclient; what was executed is kept also if a cell fails."""
import sys

given, executed = sys.argv[1:3]
try:
    import papermill
except ImportError:
    papermill = None
if papermill is None:
    try:
        import nbclient
        import nbformat
        from jupyter_client.kernelspec import KernelSpecManager
    except ImportError:
        sys.exit(
            "There is neither papermill nor nbclient for %s: name a module that brings one under Surroundings, "
            "or install it on the system: python3 -m pip install --user nbclient ipykernel" % sys.executable
        )
    notebook = nbformat.read(given, as_version=4)
    wanted = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    kernel = wanted if wanted in KernelSpecManager().find_kernel_specs() else "python3"
    try:
        nbclient.NotebookClient(notebook, timeout=None, kernel_name=kernel).execute()
    finally:
        nbformat.write(notebook, executed)
else:
    papermill.execute_notebook(given, executed, log_output=True, progress_bar=False)
print("Executed:", executed)
'''


@dataclass(frozen=True)
class Sent:
    """What goes along with a job: a notebook to its run folder, a folder to one of the same name in it."""

    kind: Literal["notebook", "folder"]
    path: Path

    @property
    def executed(self) -> str:
        """The name that the executed notebook comes back by."""
        return f"{self.path.stem}.executed.ipynb"


def sent(given: Mapping[str, Any], root: Path) -> Sent | None:
    """Return what a form sends along, None for nothing; ``root`` is what the file browser shows."""
    if not given:
        return None
    kind, path = given.get("kind"), within(root, str(given.get("path", "")))
    if kind == "notebook" and path.is_file():
        return Sent("notebook", path)
    if kind == "folder" and path.is_dir():
        return Sent("folder", path)
    raise NotFound(f"There is no {kind} {given.get('path')}.", given=str(given.get("path"))[:200])


def command(notebook: str, system: System) -> str:
    """Return the command that executes a notebook of that name on a system."""
    python = shlex.quote(sys.executable) if system.scheduler == "local" else "python3"
    name = Path(notebook).name
    executed = f"{Path(notebook).stem}.executed.ipynb"
    return f"{python} {RUNNER} {shlex.quote(name)} {shlex.quote(executed)}"


@contextmanager
def staged(what: Sent) -> Iterator[Path]:
    """Put together what is sent, in a folder for a while; a folder is sent from where it is."""
    if what.kind == "folder":
        yield what.path
        return
    with tempfile.TemporaryDirectory(prefix="maia-send-") as folder:
        shutil.copy2(what.path, folder)
        (Path(folder) / RUNNER).write_text(_PROGRAM, encoding="utf-8")
        yield Path(folder)


class Along:
    """What went along with jobs, is to come back from them and became of them: remembered beside the list of jobs."""

    def __init__(self) -> None:
        self._folder = home_file().parent / "along"

    def note(self, token: str, sent: Mapping[str, str], back: Mapping[str, Any] | None) -> None:
        """Remember what a form sent along, and what is to come back: ``to`` and ``patterns``."""
        self._write(token, sent=dict(sent), back=back)

    def is_tracked(self, token: str, run: Mapping[str, Any]) -> None:
        """Remember which run of MLflow a job has become."""
        self._write(token, run=dict(run))

    def run(self, token: str) -> Mapping[str, Any] | None:
        """Return the run of MLflow that a job has become."""
        return self._read(token).get("run")

    def _write(self, token: str, **more: Any) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f".{token}.part"
        part.write_text(json.dumps({**self._read(token), **more}), encoding="utf-8")
        part.replace(self._folder / f"{token}.json")

    def sent(self, token: str) -> Mapping[str, str] | None:
        """Return what went along with a job."""
        return self._read(token).get("sent")

    def back(self, token: str) -> Mapping[str, Any] | None:
        """Return what is still to come back from a job."""
        return self._read(token).get("back")

    def is_back(self, token: str) -> None:
        """Note that it has come back."""
        self._write(token, back=None)

    def _read(self, token: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self._folder / f"{token}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found
