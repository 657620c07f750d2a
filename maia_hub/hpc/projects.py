"""A project's code and data on a system: folders that each submission brings up to date, and how a job finds them.

Both lie beside the run folders, in ``projects`` and ``data``, under a name that no other folder has: one that goes to
several jobs travels once. A job runs in its own copy of its code, as it was when it was submitted, in its run folder.
MAIA_DATA names its data, and data that lie within the project here are found at the same place there, by a link.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc import helper
from maia_hub.hpc.jobs import Jobs
from maia_hub.hpc.jobspec import JobSpec
from maia_hub.hpc.reaching import Reach
from maia_hub.hpc.systems import System
from maia_hub.hpc.transfer.folders import Folder
from maia_hub.hpc.transfer.progress import Progress, Summary
from maia_hub.hpc.transport import Transport, TransportError

DATA = "MAIA_DATA"
"""The variable that holds the data's folders there, with a colon between several."""
Told = Callable[[Path, Progress], None]

_BASE = 'unset CDPATH; mkdir -p -- "$1" && cd -- "$1" && pwd'
_LINK = """
unset CDPATH
cd -- "$1" || exit 75
shift
while [ $# -gt 0 ]; do
  [ -L "$1" ] || { [ -d "$1" ] && find "$1" -depth -type d -empty -delete; }
  if [ -e "$1" ] && ! [ -L "$1" ]; then echo "$1 is there already" >&2; exit 45; fi
  mkdir -p -- "$(dirname -- "$1")" && ln -sfn -- "$2" "$1" || exit 75
  shift 2
done
"""


@dataclass(frozen=True)
class Sent:
    """Where folders are on a system, and what it took to bring them there."""

    code: str | None
    data: tuple[str, ...] = ()
    summaries: tuple[Summary, ...] = ()
    base: str | None = None
    """The folder of the run folders; None on this machine, where a job runs in its project itself."""


class Projects:
    """Sends projects; ``jobs`` remembers what their folders are called."""

    def __init__(self, jobs: Jobs, by: Reach, reach: Callable[[System], Transport]) -> None:
        self._jobs = jobs
        self._by = by
        self._reach = reach
        self._bases: dict[str, str] = {}
        self._linked: set[tuple[str, ...]] = set()
        self._sent: set[Sent] = set()

    def expected(self, system: System, project: Path | None, data: Sequence[Path]) -> Sent:
        """Return where folders will be, without asking the system: a home there that is not known is called ~.

        Raises:
            InvalidInput: one of them is not here.
        """
        _here(project, data)
        return self._places(system, _absolute_or(system.work, "~"), project, data)

    async def send(
        self, system: System, project: Path | None, data: Sequence[Path] = (), *, told: Told | None = None
    ) -> Sent:
        """Send what has changed of a project and of its data; on this machine all is there already."""
        _here(project, data)
        if system.scheduler == "local":
            return self._places(system, "", project, data)
        sent = self._places(system, await self._base(system), project, data)
        inner = _within(project, data)
        summaries = []
        for folder, there in zip(data, sent.data, strict=True):
            summaries.append(await self._send(system, folder, there, told))
        if project is not None and sent.code is not None:
            ignore = [_pattern(path) for path in inner.values()]
            summaries.append(await self._send(system, project, sent.code, told, ignore))
            links = {
                path: there
                for folder, there in zip(data, sent.data, strict=True)
                if (path := inner.get(folder))
            }
            await self._link(system, sent.code, links)
        self._sent.add(sent)
        return replace(sent, summaries=tuple(summaries))

    def delivery(
        self, system: System, project: Path, data: Sequence[Path], told: Told | None
    ) -> tuple[Sent, Transport] | None:
        """Return where folders are, and a connection that takes what changed of them along with its first command.

        None where they have not been sent by this process before, or go by another endpoint than commands.
        """
        base = self._bases.get(system.name)
        if base is None or system.transfer is not None or system.control is None:
            return None
        sent = self._places(system, base, project, data)
        if sent not in self._sent or sent.code is None:
            return None
        rules = [_pattern(path) for path in _within(project, data).values()]
        folders = [Folder(folder, there) for folder, there in zip(data, sent.data, strict=True)]
        folders.append(Folder(project, sent.code, rules))
        return sent, self._by.delivery(system, folders, lambda: self.send(system, project, data, told=told))

    async def _send(
        self, system: System, folder: Path, there: str, told: Told | None, ignore: Sequence[str] = ()
    ) -> Summary:
        files, name = self._by.files(system, there)
        tell = (lambda state: told(folder, state)) if told else None
        return await files.send(folder, name, ignore=ignore, told=tell)

    def _places(self, system: System, base: str, project: Path | None, data: Sequence[Path]) -> Sent:
        def place(kind: str, folder: Path) -> str:
            if system.scheduler == "local":
                return str(folder.absolute())
            return posixpath.join(base, kind, self._jobs.folder_name(folder))

        code = place("projects", project) if project else None
        there = None if system.scheduler == "local" else base
        return Sent(code, tuple(place("data", each) for each in data), base=there)

    async def _base(self, system: System) -> str:
        """Return the folder of run folders by its whole name; asked for once."""
        if system.name not in self._bases:
            self._bases[system.name] = (
                system.work if system.work.startswith("/") else await self._asked(system, _BASE, system.work)
            )
        return self._bases[system.name]

    async def _link(self, system: System, code: str, links: Mapping[str, str]) -> None:
        words = [word for pair in links.items() for word in pair]
        key = (system.name, code, *words)
        if words and key not in self._linked:
            await self._asked(system, _LINK, code, *words)
            self._linked.add(key)

    async def _asked(self, system: System, script: str, *words: str) -> str:
        done = await self._reach(system).run(["sh", "-c", script, "maia-project", *words])
        if done.status == 45:
            raise InvalidInput(
                f"In {words[0]}, {done.complaint}.",
                advice="Remove it there: the data of that name have a folder of their own now.",
            )
        if done.status:
            raise TransportError(f"{words[0]} cannot be used on {system.name}: {done.complaint}")
        return done.text.removesuffix("\n")


def _here(project: Path | None, data: Sequence[Path]) -> None:
    for folder in (*([project] if project else []), *data):
        if not folder.is_dir():
            raise InvalidInput(f"There is no folder {folder}.", given=str(folder))


def placed(spec: JobSpec, sent: Sent, token: str) -> JobSpec:
    """Return a job that runs in its project as it was sent, and knows where its data are."""
    if sent.code is None and not sent.data:
        return spec if spec.code is None else _anew(spec, token)
    changes: dict[str, object] = {}
    code = sent.code
    if code is not None and sent.base is not None:
        changes["code"] = code
        code = posixpath.join(sent.base, token, helper.CODE)
    if code is not None:
        changes["folder"] = posixpath.join(code, spec.folder) if spec.folder else code
    if sent.data:
        changes["environment"] = {DATA: ":".join(sent.data), **spec.environment}
    if spec.container is not None:
        there = [{"source": each} for each in (code, *sent.data) if each]
        binds = [each.model_dump() for each in spec.container.binds]
        changes["container"] = {**spec.container.model_dump(), "binds": [*binds, *there]}
    return JobSpec.model_validate({**spec.model_dump(), **changes})


def _anew(spec: JobSpec, token: str) -> JobSpec:
    """Return a job made of an earlier one's description: with a copy of the code of its own, and not in the other's."""

    def own(path: str | None) -> str | None:
        return path and re.sub(rf"/maia-[0-9a-f]{{16}}/{helper.CODE}(?=/|$)", f"/{token}/{helper.CODE}", path)

    changes: dict[str, object] = {"folder": own(spec.folder)}
    if spec.container is not None:
        binds = [{**each.model_dump(), "source": own(each.source)} for each in spec.container.binds]
        changes["container"] = {**spec.container.model_dump(), "binds": binds}
    return JobSpec.model_validate({**spec.model_dump(), **changes})


def _within(project: Path | None, data: Sequence[Path]) -> dict[Path, str]:
    """Return the data's folders that lie within the project's, with their paths in it."""
    if project is None:
        return {}
    root = project.absolute()
    inner = [each for each in data if root in each.absolute().parents]
    return {each: each.absolute().relative_to(root).as_posix() for each in inner}


def _pattern(path: str) -> str:
    """Return a rule as in .gitignore for exactly this path."""
    return "/" + re.sub(r"([\\*?\[\]!# ])", r"\\\1", path)


def _absolute_or(path: str, home: str) -> str:
    return path if path.startswith("/") else posixpath.join(home, path)
