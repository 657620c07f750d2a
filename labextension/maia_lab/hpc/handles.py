"""A job in the hand: wait for it, read it, fetch from it, cancel it. Made anew by its token in any kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from maia_hub.hpc import cells
from maia_hub.hpc.advice import advice
from maia_hub.hpc.cells import CellFailed
from maia_hub.hpc.following import Event, Wrote
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.transport import NoSuchFile
from maia_lab.hpc.background import Background
from maia_lab.hpc.errors import NotDone, RemoteError, in_words
from maia_lab.hpc.following import Followed


class JobHandle:
    """A job of yours.

    ``job.state``       its state as it was last seen
    ``job.wait()``      wait until it is over; an interrupt leaves it running
    ``job.result()``    wait, and return the variables of a cell by name; raise what went wrong there
    ``job.log()``       what it has written so far
    ``job.fetch()``     fetch files of its run folder
    ``job.track()``     write it to MLflow as a run: its params.json, metrics.json and files
    ``job.cancel()``    cancel it
    ``job.show()``      show it here, live
    """

    def __init__(self, background: Background, followed: Followed) -> None:
        self._background = background
        self._followed = followed
        self.token = followed.job.token

    @property
    def job(self) -> Job:
        """What is known of it."""
        return self._background.verbs.jobs.get(self.token)

    @property
    def state(self) -> str:
        """Its state as it was last seen: Slurm's own name for it."""
        return self.job.state

    def show(self) -> None:
        """Show state, place in the queue, progress and the end of the log under this cell, as they change."""
        from maia_lab.hpc.widget import shown  # noqa: PLC0415 - not every kernel shows widgets

        shown(self._followed)

    def wait(self, timeout: float | None = None) -> JobHandle:
        """Wait until it is over; after ``timeout`` seconds raise TimeoutError."""
        with in_words():
            self._background.wait(self._followed.start(), timeout)
        return self

    def stream(self, write: Callable[[str], None]) -> None:
        """Show it and wait until it is over, writing what it writes."""
        texts: SimpleQueue[str] = SimpleQueue()

        def flush() -> None:
            while not texts.empty():
                write(texts.get())

        def listener(event: Event) -> None:
            if isinstance(event, Wrote):
                texts.put(event.text)
                self._background.call(flush)

        self._followed.listen(listener)
        try:
            self.show()
            self.wait()
            flush()
        finally:
            self._followed.forget(listener)

    def result(self, timeout: float | None = None) -> Mapping[str, Any] | None:
        """Wait until it is over; return the variables that a cell gives back, None of a job that is no cell.

        What the cell raised is raised here with its traceback, any other end that is not a good one in words.
        """
        self.wait(timeout)
        job = self.job
        if cells.is_cell(job):
            found = self._given_back()
            if found is not None:
                return found
        elif job.state == "COMPLETED":
            return None
        raise NotDone(ended_lines(job))

    def _given_back(self) -> Mapping[str, Any] | None:
        """Return what a cell has given back, None if it came to no end of its own."""
        with in_words():
            try:
                return self._background.run(self._background.verbs.result(self.token)).values
            except CellFailed as e:
                raise RemoteError([f"Where it ran ({self.job.system}):", *e.traceback.splitlines()]) from None
            except NoSuchFile:
                return None

    def log(self) -> str:
        """Return what it has written so far."""

        async def read() -> bytes:
            return b"".join([piece async for piece in self._background.verbs.logs(self.token)])

        with in_words():
            return self._background.run(read()).decode(errors="replace")

    def fetch(self, *patterns: str, to: str | Path = ".") -> Path:
        """Fetch files of its run folder that match one of some patterns, as in .gitignore; all without one."""
        with in_words():
            self._background.run(self._background.verbs.fetch(self.token, Path(to), patterns or ("*",)))
        return Path(to)

    def track(self, *patterns: str, experiment: str | None = None) -> str:
        """Write it to MLflow as a run when it is over, with files that match some patterns; return the run's id."""
        self.wait()
        with in_words():
            work = self._background.verbs.track(self.token, patterns, experiment=experiment)
            return self._background.run(work).run

    def cancel(self) -> JobHandle:
        """Cancel it."""
        with in_words():
            self._background.run(self._background.verbs.cancel(self.token))
        return self

    def __repr__(self) -> str:
        job = self.job
        return (
            f"<Job {job.job_id or 'without id'} {job.name!r} on {job.system}: {job.state} · %hpc {job.token}>"
        )


def ended_lines(job: Job) -> list[str]:
    """Say how a job has ended that has not ended well."""
    code = f" ({job.exit_code})" if job.exit_code not in {"", "0:0"} else ""
    lines = [f"The job {job.job_id or job.token} on {job.system} has ended: {job.state}{code}", job.reason]
    return [*filter(None, (*lines, advice(job))), f"Its log: %hpc {job.token}, or maia hpc logs {job.token}"]
