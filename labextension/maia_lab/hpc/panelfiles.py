"""Files of jobs: what a run folder holds, what comes back from it, and what goes there before the job.

A system that is this machine has its files here already: they are copied, by the same patterns.
"""

from __future__ import annotations

import asyncio
import posixpath
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.reaching import Reach
from maia_hub.hpc.systems import System
from maia_hub.hpc.transfer import here, tree
from maia_hub.hpc.transfer.progress import Progress
from maia_hub.hpc.transport import NoSuchFile, Transport

MOST = 1000
"""Names of one folder that are shown."""
Told = Callable[[Progress], None]


async def listed(transport: Transport, job: Job, path: str) -> list[dict[str, Any]]:
    """Return what a folder below a job's run folder holds, folders first; nothing before the job has begun."""
    if ".." in PurePosixPath(path).parts or path.startswith("/"):
        raise InvalidInput("Only what is in the job's run folder is listed.", given=path[:60])
    try:
        found = await transport.list(posixpath.join(job.folder, path))
    except NoSuchFile:
        return []
    shown = sorted((not known.is_folder, name) for name, known in found.items() if not name.startswith("."))
    return [
        {"name": name, "folder": not plain, "size": found[name].size, "modified": found[name].modified}
        for plain, name in shown[:MOST]
    ]


async def fetch(reach: Reach, system: System, job: Job, to: Path, patterns: Sequence[str], told: Told) -> int:
    """Fetch what matches one of the patterns, as in .gitignore; return how many files match."""
    if system.scheduler == "local":
        return (await asyncio.to_thread(here.copy, Path.home() / job.folder, to, patterns)).files
    files, path = reach.files(system, job.folder)
    return (await files.fetch(path, to, patterns, told=told)).files


async def send(reach: Reach, system: System, local: Path, remote: str, told: Told) -> None:
    """Make a folder there like the one here; what .gitignore and .maiaignore leave out stays here."""
    if system.scheduler == "local":
        await asyncio.to_thread(_sent, local, Path.home() / remote)
        return
    files, path = reach.files(system, remote)
    await files.send(local, path, told=told)


def _sent(local: Path, remote: Path) -> None:
    remote.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, entry in tree.scan(local).items():
        place = remote / name
        if entry.kind == "folder":
            place.mkdir(parents=True, exist_ok=True)
        elif entry.kind == "file":
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(tree.base(local) / name, place)
