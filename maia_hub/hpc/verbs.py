"""What a person does with jobs, on any system: submit, list, read the log, cancel; for command line and notebooks."""

from __future__ import annotations

import asyncio
import posixpath
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from maia_hub.client.times import parse_duration
from maia_hub.core.errors import InvalidInput
from maia_hub.hpc import cells, checking, helper, localruns, render, slurm, submitting, tracking, watching
from maia_hub.hpc.findings import Finding
from maia_hub.hpc.following import Event, Follow
from maia_hub.hpc.jobs import Job, Jobs, new_token
from maia_hub.hpc.jobspec import JobSpec
from maia_hub.hpc.projects import Projects, Sent, Told, placed
from maia_hub.hpc.reaching import ByBroker, Reach
from maia_hub.hpc.showing import Shown, show
from maia_hub.hpc.systemfiles import load
from maia_hub.hpc.systems import System
from maia_hub.hpc.tracking import Tracked
from maia_hub.hpc.transfer import here
from maia_hub.hpc.transfer.progress import Summary
from maia_hub.hpc.transfer.tree import OWN
from maia_hub.hpc.transport import NoSuchFile, Transport
from maia_hub.hpc.using import Usage, usage

if TYPE_CHECKING:
    from maia_hub.hpc.cleaning import Cleaned

_PIECE = 1 << 20


class Verbs:
    """What can be done with the user's jobs. Systems are those of ~/.maia/systems and of ``project``."""

    def __init__(
        self, *, jobs: Jobs | None = None, project: Path | None = None, by: Reach | None = None
    ) -> None:
        self.jobs = jobs or Jobs()
        self._project = project
        self._by = by or ByBroker()
        self._open: dict[str, Transport] = {}
        self._projects = Projects(self.jobs, self._by, self.reach)

    def system(self, name: str) -> System:
        """Return a system by its name."""
        return load(name, project=self._project)

    def preview(
        self, spec: JobSpec, system: System, *, project: Path | None = None, data: Sequence[Path] = ()
    ) -> Job:
        """Return a job that is not sent, with the script that it would be sent with; nothing is asked of the system."""
        return self._described(spec, system, self._projects.expected(system, project, data))

    def _described(self, spec: JobSpec, system: System, sent: Sent) -> Job:
        token = new_token()
        spec = placed(spec, sent, token)
        if system.scheduler == "local":
            _only_local(spec)
        return submitting.describe(spec, system, token=token)

    async def send(
        self, system: System, project: Path | None, data: Sequence[Path] = (), *, told: Told | None = None
    ) -> Sent:
        """Send what has changed of a project's folder and of its data; ``told`` is told how far each is."""
        return await self._projects.send(system, project, data, told=told)

    async def submit(
        self,
        spec: JobSpec,
        system: System,
        *,
        project: Path | None = None,
        data: Sequence[Path] = (),
        told: Told | None = None,
    ) -> Job:
        """Submit a job once; with a project it runs in its folder, which is sent first, as are its data.

        See ``submitting.submit`` for how it can fail.
        """
        job = self.preview(spec, system, project=project, data=data)
        transport = self.reach(system)
        if project or data:
            ready = self._projects.delivery(system, project, data, told) if project else None
            sent, transport = ready or (await self.send(system, project, data, told=told), transport)
            job = self._described(spec, system, sent)
        return await submitting.submit(job, transport, self.jobs, start=_start(spec, system))

    async def again(self, token: str) -> Job:
        """Find out about a job of which it was not known whether it was taken, and submit it if it was not."""
        job = self.jobs.get(token)
        system = self.system(job.system)
        start = _start(JobSpec.model_validate_json(job.spec), system)
        return await submitting.submit(job, self.reach(system), self.jobs, start=start)

    async def refresh(self, system: System) -> watching.Round:
        """Ask a system for the user's jobs there."""
        return await watching.Watch(system, self.reach(system), self.jobs).ask()

    async def cancel(self, token: str) -> Job:
        """Cancel a job, and see what has become of it."""
        job = self.jobs.get(token)
        system = self.system(job.system)
        await watching.cancel(job, system, self.reach(system))
        await self.refresh(system)
        return self.jobs.get(job.token)

    async def logs(self, token: str) -> AsyncIterator[bytes]:
        """Yield what a job has written so far, of each of its tasks in turn; nothing if it has not begun."""
        job = self.jobs.get(token)
        transport = self.reach(self.system(job.system))
        try:
            names = await transport.list(job.folder)
        except NoSuchFile:
            return
        for name in render.logs(names):
            path, at = posixpath.join(job.folder, name), 0
            while piece := await transport.read(path, offset=at, limit=_PIECE):
                yield piece
                at += len(piece)

    async def fetch(
        self, token: str, to: Path, patterns: Sequence[str] = ("*",), *, told: Told | None = None
    ) -> Summary:
        """Fetch files of a job's run folder that match one of some patterns, which are as in .gitignore."""
        job = self.jobs.get(token)
        system = self.system(job.system)
        if system.scheduler == "local":
            return await asyncio.to_thread(here.copy, Path.home() / job.folder, to, patterns)
        files, path = self._by.files(system, job.folder)
        patterns = [*patterns, f"!/{helper.CODE}/{OWN}/**"]
        tell = (lambda state: told(to, state)) if told else None
        return await files.fetch(path, to, patterns, told=tell)

    async def track(
        self, token: str, patterns: Sequence[str] = (), *, experiment: str | None = None
    ) -> Tracked:
        """Write a job that is over to MLflow as a run, with the files that match some patterns; see ``tracking``."""
        shown = await self.show(token)
        if shown.job.state not in watching.OVER:
            raise InvalidInput(
                f"The job is not over: {shown.job.state}.", advice="Wait for its end, then track it."
            )
        with tempfile.TemporaryDirectory(prefix="maia-") as scratch:
            folder = Path(scratch)
            await self.fetch(token, folder, (*tracking.FILES, *patterns))
            return await asyncio.to_thread(tracking.track, shown.job, folder, shown.efficiency, experiment)

    async def show(self, token: str) -> Shown:
        """Return a job in full, after asking what has become of it."""
        job = self.jobs.get(token)
        system = self.system(job.system)
        if job.state not in watching.OVER:
            await self.refresh(system)
        return await show(self.jobs.get(job.token), system, self.reach(system))

    async def usage(self, system: System) -> Usage:
        """Return what has been used of a system, and what is left."""
        return await usage(system, self.reach(system))

    async def clean(self, system: System, older: timedelta, *, remove: bool = True) -> Cleaned:
        """Remove the copies of code of jobs that were over so long ago; see ``cleaning``."""
        from maia_hub.hpc import cleaning  # noqa: PLC0415 - it loads what speaks SSH, which the broker does for others

        done = cleaning.done_with(self.jobs.all(system.name), older)
        return await cleaning.clean(done, self.reach(system), remove=remove)

    async def check(self, system: System) -> list[Finding]:
        """Return what of a system is as assumed, and how to mend what is not; see ``checking``."""
        other = self._by.files(system, system.work) if system.transfer else None
        return await checking.check(system, self.reach(system), other)

    async def submit_with(
        self, spec: JobSpec, system: System, folder: str, files: Mapping[str, bytes]
    ) -> Job:
        """Submit a job once that finds files in a folder of its run folder; if they cannot be put there it is none."""
        job = self.preview(spec, system)
        await self._put(files, posixpath.join(job.folder, folder), system)
        return await submitting.submit(job, self.reach(system), self.jobs, start=_start(spec, system))

    async def follow(self, token: str, last: int | None = None) -> AsyncIterator[Event]:
        """Yield what happens to a job until it is over, and of its log so far the ``last`` bytes; see ``following``."""
        job = self.jobs.get(token)
        system = self.system(job.system)
        async for event in Follow(job.token, system, self.reach(system), self.jobs, last).events():
            yield event

    async def result(self, token: str) -> cells.Result:
        """Return what the cell of a job has given back; see ``cells.result``."""
        job = self.jobs.get(token)
        return await cells.result(job, self.reach(self.system(job.system)))

    async def _put(self, files: Mapping[str, bytes], folder: str, system: System) -> None:
        if system.scheduler == "local":
            transport = self.reach(system)
            await transport.mkdir(folder)
            for name, data in files.items():
                await transport.write(posixpath.join(folder, name), data)
            return
        there, path = self._by.files(system, folder)
        with tempfile.TemporaryDirectory(prefix="maia-") as scratch:
            for name, data in files.items():
                await asyncio.to_thread((Path(scratch) / name).write_bytes, data)
            await there.send(Path(scratch), path)

    async def close(self) -> None:
        """Let go of all connections."""
        self._open.clear()
        await self._by.close()

    def reach(self, system: System) -> Transport:
        """Return the connection to a system, opened when it is first needed."""
        if system.name not in self._open:
            self._open[system.name] = self._by.control(system)
        return self._open[system.name]


def _start(spec: JobSpec, system: System) -> tuple[str, ...]:
    if system.scheduler != "local":
        return slurm.SBATCH
    limit = spec.time or (parse_duration(system.defaults.time) if system.defaults.time else timedelta(0))
    return localruns.start(-(-limit // timedelta(seconds=1)))


def _only_local(spec: JobSpec) -> None:
    """Refuse what needs a scheduler and would be left out in silence."""
    given = [name for name in ("array", "dependency", "signal", "options") if getattr(spec, name)]
    given += [name for name in ("nodes", "tasks") if getattr(spec, name) > 1]
    if given:
        raise InvalidInput(
            f"Plain processes have no {' and no '.join(given)}.",
            advice="Leave it out, or use a Slurm system.",
        )
