"""What the magics do: from words and a cell to a job in the hand."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any

from maia_hub.core.errors import InvalidInput, MaiaError
from maia_hub.hpc import cells
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.jobspec import JobSpec, job_spec
from maia_hub.hpc.sbatch import batch
from maia_hub.hpc.systemfiles import LOCAL, load_all
from maia_hub.hpc.systems import System
from maia_hub.hpc.verbs import Verbs
from maia_hub.hpc.watching import OVER
from maia_lab.hpc.background import Background
from maia_lab.hpc.commandline import job_values
from maia_lab.hpc.errors import NotDone
from maia_lab.hpc.following import Followed
from maia_lab.hpc.handles import JobHandle


class Doing:
    """One kernel's work with jobs."""

    def __init__(self) -> None:
        self.background = Background()
        self._followed: dict[str, Followed] = {}

    @property
    def verbs(self) -> Verbs:
        """What can be done with jobs."""
        return self.background.verbs

    def handle(self, job: Job, *, new: bool = False) -> JobHandle:
        """Take a job in hand; of one job everything in a kernel is told by one follower."""
        followed = self._followed.setdefault(job.token, Followed(self.background, job, new=new))
        return JobHandle(self.background, followed)

    def system(self, name: str | None, *, local: bool = False) -> System:
        """Return a system by its name; without one the only one there is, or this machine where that will do."""
        if name is not None:
            return self.verbs.system(name)
        known = [each.system for each in load_all()[0] if each.system.name != LOCAL.name]
        if len(known) == 1:
            return known[0]
        if not known and local:
            return LOCAL
        raise InvalidInput(
            "Which system?",
            allowed=", ".join(each.name for each in known) or "local; others are files in ~/.maia/systems",
            advice="Say it: --system NAME",
        )

    def cell(
        self, words: Namespace, code: str, namespace: Mapping[str, Any]
    ) -> tuple[JobSpec, cells.Cell, System]:
        """Return what a cell is as a job, where, and with which variables."""
        system = self.system(words.system, local=True)
        missing = [name for name in words.given if name not in namespace]
        if missing:
            raise InvalidInput(f"There is no variable {', '.join(missing)} here.", given="--in")
        python = words.python or (sys.executable if system.scheduler == "local" else "python3")
        spec = job_spec(**job_values(words), command=cells.command(python))
        return spec, cells.Cell(code, {name: namespace[name] for name in words.given}, words.wanted), system

    def preview(self, spec: JobSpec, system: System) -> str:
        """Return the batch script."""
        return self.verbs.preview(spec, system).script

    def submit_cell(self, spec: JobSpec, cell: cells.Cell, system: System) -> JobHandle:
        """Submit a cell with its variables."""
        files = cells.files(cell)
        return self._submit(spec, system, cells.FOLDER, files)

    def submit_script(self, text: str, words: Sequence[str], system: System) -> tuple[JobHandle, list[str]]:
        """Submit a batch script; return what had to be left out of it, too."""
        found = batch(text, words)
        said = [f"{each} is left out: the log stays where it is followed" for each in found.left_out]
        return self._submit(found.spec, system, "", found.files), said

    def _submit(self, spec: JobSpec, system: System, folder: str, files: Mapping[str, bytes]) -> JobHandle:
        try:
            job = self.background.run(self.verbs.submit_with(spec, system, folder, files))
        except KeyboardInterrupt:
            raise NotDone(
                ["Interrupted while it was submitted.", "Whether it was taken is found out by: %hpc"]
            ) from None
        return self.handle(job, new=True)

    def listed(self) -> tuple[list[Job], list[str]]:
        """Return all jobs, after asking the systems that have open ones, and what went wrong with that."""
        return self.background.run(self._listed())

    async def _listed(self) -> tuple[list[Job], list[str]]:
        troubles = []
        for name in sorted({job.system for job in self.verbs.jobs.all() if job.state not in OVER}):
            try:
                done = await self.verbs.refresh(self.verbs.system(name))
                troubles += [f"{name}: {done.trouble}"] if done.trouble else []
            except MaiaError as e:
                troubles.append(f"{name}: {e.message}")
        return self.verbs.jobs.all(), troubles

    def query(self, program: str, words: Sequence[str], system: System) -> Any:
        """Ask a system by one of Slurm's commands; return a table, or text where its options ask for that."""
        from maia_lab.hpc import frames  # noqa: PLC0415 - pandas takes its time

        _only_slurm(system, program)
        return self.background.run(frames.asked(program, words, system, self.verbs.reach(system)))

    def cancel(self, words: Sequence[str], name: str | None) -> list[str]:
        """Cancel by token, wherever that is, or by what scancel takes, on one system; say what has become of it."""
        if name is None and words and all(word.startswith("maia-") for word in words):
            done = [self.background.run(self.verbs.cancel(word)) for word in words]
            return [f"{job.job_id or job.token} on {job.system}: {job.state}" for job in done]
        system = self.system(name)
        _only_slurm(system, "scancel")
        self.background.run(self._scancel(words, system))
        return [f"scancel was run on {system.name}."]

    async def _scancel(self, words: Sequence[str], system: System) -> None:
        done = await self.verbs.reach(system).run(["scancel", *words])
        if done.status or done.complaint:
            raise InvalidInput(f"scancel on {system.name}: {done.complaint}")
        await self.verbs.refresh(system)


def _only_slurm(system: System, program: str) -> None:
    if system.scheduler == "local":
        raise InvalidInput(
            f"There is no {program} on this machine.", advice="%hpc lists the jobs of all systems."
        )
