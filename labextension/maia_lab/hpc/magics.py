"""The magics for Slurm: wiring between IPython and what they do."""

from __future__ import annotations

import contextlib
import re
from types import ModuleType
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher
from IPython.core.magic import Magics, cell_magic, line_cell_magic, line_magic, magics_class
from IPython.display import display

from maia_hub.core.errors import MaiaError
from maia_lab.display import Report
from maia_lab.hpc import commandline
from maia_lab.hpc.errors import NotDone, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from maia_lab.hpc.doing import Doing
    from maia_lab.hpc.handles import JobHandle

_doing: list[Doing] = []
_ASSIGNED = re.compile(r"\s*\w+\s*=\s*(?=%\w)")
_IPYTHON = frozenset({"In", "Out", "exit", "quit", "open", "get_ipython"})


def register(shell: Any) -> None:
    """Add the magics, and the completion of what comes after them, to ``shell``."""
    shell.register_magics(HpcMagics)
    found = context_matcher()(lambda context: matcher(context, shell.user_ns))
    shell.Completer.custom_matchers.append(found)


def matcher(context: CompletionContext, variables: Mapping[str, Any]) -> SimpleMatcherResult:
    """Complete what stands behind our magics; names of Python have no place there, but for what ``--in`` takes."""
    line = _ASSIGNED.sub("", context.line_with_cursor[: context.cursor_position], count=1)
    ours = line.partition(" ")[0] in commandline.OPTIONS and " " in line
    found = [each for each in (complete(line, variables) if ours else ()) if each.startswith(context.token)]
    return {
        "completions": [SimpleCompletion(each) for each in found],
        "suppress": bool(found),
        "matched_fragment": context.token,
        "ordered": True,
        "do_not_suppress": set(),
    }


def complete(line: str, variables: Mapping[str, Any]) -> list[str]:
    """Return what may come next after ``line``: systems after --system, variables after --in, jobs, options."""
    words = line.split()
    before = words[-1] if line.endswith(" ") else words[-2] if len(words) > 1 else ""
    with contextlib.suppress(MaiaError, OSError, ImportError):
        if before == "--system":
            from maia_hub.hpc.systemfiles import load_all  # noqa: PLC0415 - only where it is asked for

            return [each.system.name for each in load_all()[0]]
        if before in {"%hpc", "%scancel"}:
            return [*(job.token for job in doing().verbs.jobs.all()), *commandline.OPTIONS[before]]
    if words[0] == "%%hpc" and (before == "--in" or before.endswith(",")):
        return sorted(name for name, value in variables.items() if _may_travel(name, value))
    return commandline.OPTIONS.get(words[0], [])


def _may_travel(name: str, value: object) -> bool:
    """Tell a person's variable from what IPython keeps beside it, and from modules."""
    return not name.startswith("_") and name not in _IPYTHON and not isinstance(value, ModuleType)


def doing() -> Doing:
    """Return what does this kernel's work with jobs, begun when it is first needed."""
    if not _doing:
        from maia_lab.hpc.doing import Doing  # noqa: PLC0415 - not every kernel has to do with jobs

        _doing.append(Doing())
    return _doing[0]


@magics_class
class HpcMagics(Magics):
    """What a user says about jobs in a cell."""

    @line_cell_magic
    def hpc(self, line: str, cell: str | None = None) -> Any:
        """Run a cell on a Slurm system; list your jobs, or take one in hand again.

        ::

          %%hpc --system berzelius --gpus 1 --time 1h --in data, epochs --out model
          model = train(data, epochs)

        The code runs there in a Python of its own (``python3`` unless ``--python`` names another), in which there are
        the variables behind ``--in`` and nothing else of the notebook. Its output appears here as it comes. The
        variables behind ``--out`` come back as copies and are set here; an error is raised here with its traceback.
        Variables travel as a pickle: functions and classes of the notebook with their code, what is from a module by
        its name, so the system needs that module.

        An interrupt leaves the job running; ``%hpc TOKEN`` takes it in hand again, in this kernel or another:
        ``.result()`` waits and returns what comes back. ``--background`` goes on at once. ``%hpc`` lists all jobs,
        ``%hpc help`` all options.
        """
        with in_words():
            return self._line(line.split()) if cell is None else self._cell(line, cell)

    def _line(self, words: list[str]) -> Any:
        if words in (["help"], ["--help"], ["-h"], ["?"]):
            display(Report([commandline.HELP]))
            return None
        if words:
            handle = doing().handle(doing().verbs.jobs.get(words[0]))
            handle.show()
            return handle
        jobs, troubles = doing().listed()
        if troubles or not jobs:
            display(Report(troubles or ["You have no job.", "See: %hpc help"], error=bool(troubles)))
        from maia_lab.hpc.frames import jobs_table  # noqa: PLC0415 - pandas takes its time

        return jobs_table(jobs) if jobs else None

    def _cell(self, line: str, cell: str) -> Any:
        words = commandline.parse_cell(line)
        spec, sent, system = doing().cell(words, cell, self._names)
        if words.preview:
            print(doing().preview(spec, system))
            return None
        handle = doing().submit_cell(spec, sent, system)
        if words.handle:
            self._names[words.handle] = handle
        if words.background:
            handle.show()
            return handle
        values = watched(handle)
        self._names.update(values or {})
        return handle

    @property
    def _names(self) -> dict[str, Any]:
        assert self.shell is not None
        names: dict[str, Any] = self.shell.user_ns
        return names

    @cell_magic
    def sbatch(self, line: str, cell: str) -> Any:
        """Submit the cell as a batch script: ``%%sbatch --system berzelius``, further options as sbatch has them.

        The #SBATCH lines count, GPUs are asked for in the system's own way, and the log is followed under the cell.
        Returns the job: ``.result()`` waits for its end, ``.fetch()`` brings its files.
        """
        with in_words():
            name, words = commandline.with_system(line)
            handle, said = doing().submit_script(cell, words, doing().system(name))
        print(*[f"Submitted batch job {handle.job.job_id}", *said], sep="\n")
        handle.show()
        return handle

    @line_magic
    def squeue(self, line: str) -> Any:
        """Show a system's queue as a table: ``%squeue --system berzelius --me``; options are those of squeue."""
        return self._query("squeue", line)

    @line_magic
    def sacct(self, line: str) -> Any:
        """Show past jobs as a table: ``%sacct --system berzelius --starttime=now-7days``; options as sacct has them."""
        return self._query("sacct", line)

    @line_magic
    def sinfo(self, line: str) -> Any:
        """Show a system's partitions as a table: ``%sinfo --system berzelius``; options are those of sinfo."""
        return self._query("sinfo", line)

    @line_magic
    def scancel(self, line: str) -> None:
        """Cancel a job: ``%scancel TOKEN``, or ``%scancel 123 --system berzelius`` with scancel's own options."""
        with in_words():
            name, words = commandline.with_system(line)
            print(*doing().cancel(words, name), sep="\n")

    @staticmethod
    def _query(program: str, line: str) -> Any:
        with in_words():
            name, words = commandline.with_system(line)
            found = doing().query(program, words, doing().system(name))
        if isinstance(found, str):
            print(found, end="")
            return None
        return found


def watched(handle: JobHandle) -> Any:
    """Show a job and what it writes until it is over, return its result; say how to come back after an interrupt."""
    try:
        handle.stream(lambda text: print(text, end="", flush=True))
        return handle.result()
    except KeyboardInterrupt:
        raise NotDone(
            [
                f"You have left {handle.job.job_id} on {handle.job.system}: it goes on there.",
                f"Come back to it, in this kernel or another: %hpc {handle.token}",
                f"Cancel it: %scancel {handle.token}",
            ]
        ) from None
