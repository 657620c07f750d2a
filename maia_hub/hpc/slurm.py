"""What Slurm is asked and what it answers: text with separators, since JSON is not the same in every version.

squeue's filters are honoured in text; in 22.05 its JSON ignores them. A job's name may hold any separator, so it is
the last field of its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SBATCH = ("sbatch", "--parsable", "job.sh")

ME = '-u "$(id -un)"'
USER = 'user="$(id -un)"'
QUEUE_NAMES = f"squeue -h {ME} -t all -o '%F|%j'"
"""The ids and names of all of the user's jobs that the controller knows."""
PAST_NAMES = f'sacct -n -P -X {ME} -S "now-$1seconds" -o JobIDRaw,JobID,JobName'
NO_ACCOUNTING = ("accounting storage is disabled", "accounting_storage/none", "Unknown error 7000")


@dataclass(frozen=True)
class Named:
    """A job's id, that of the whole if it is an array, and its name."""

    job_id: str
    name: str


def queue_names(text: str) -> list[Named]:
    """Read the answer to QUEUE_NAMES."""
    split = (line.split("|", 1) for line in text.split("\n"))
    return [Named(each[0], each[1]) for each in split if len(each) == 2]


def past_names(text: str) -> list[Named]:
    """Read the answer to PAST_NAMES."""
    split = (line.split("|", 2) for line in text.split("\n"))
    return [Named(each[1].partition("_")[0], each[2]) for each in split if len(each) == 3]


STATUS = f"squeue -h {ME} -t all -o '%F|%i|%T|%r|%S|%j'"
"""All of the user's jobs in one question; with TZ=UTC in its environment its times are UTC."""
PAST = 'sacct -n -P -X -j "$1" -o JobID,State,ExitCode,Reason,Start,JobName'
QUEUE = "squeue -h -t PENDING --sort=-p,i -o '%F'"
"""The ids of all jobs that wait, of whomever one may see them, the first to start first."""
CANCEL = ("scancel", "--quiet")
CLOCK = {"TZ": "UTC", "SLURM_TIME_FORMAT": "standard"}

FINAL = frozenset(
    [
        "BOOT_FAIL",
        "CANCELLED",
        "COMPLETED",
        "DEADLINE",
        "FAILED",
        "NODE_FAIL",
        "OUT_OF_MEMORY",
        "PREEMPTED",
        "REVOKED",
        "TIMEOUT",
    ]
)
"""States that a job does not leave by itself; a job that is requeued is seen as pending again."""

_FIRST = ("RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "PENDING")
_NO_TIME = {"N/A", "Unknown", "NONE", "None", ""}


@dataclass(frozen=True)
class Line:
    """What is known of a job, or of one task or several of an array."""

    job_id: str
    task_id: str
    state: str
    reason: str = ""
    exit_code: str = ""
    start: str = ""


def status_lines(text: str) -> list[Line]:
    """Read the answer to STATUS; a line that is none of it is left out."""
    found = []
    for line in text.split("\n"):
        fields = line.split("|", 5)
        if len(fields) == 6 and fields[0].isdigit():
            job_id, task_id, state, reason, start, _ = fields
            found.append(Line(job_id, task_id, state, _reason(reason), start=_time(start)))
    return found


def past_lines(text: str) -> list[Line]:
    """Read the answer to PAST."""
    found = []
    for line in text.split("\n"):
        fields = line.split("|", 5)
        if len(fields) == 6 and fields[0][:1].isdigit():
            task_id, state, exit_code, reason, start, _ = fields
            job_id = task_id.partition("_")[0]
            found.append(Line(job_id, task_id, state.split()[0], _reason(reason), exit_code, _time(start)))
    return found


def place(text: str, job_id: str) -> tuple[int, int] | None:
    """Return a job's place in the answer to QUEUE, from 1, and how many wait; None if it does not."""
    waiting = list(dict.fromkeys(text.split()))
    return (waiting.index(job_id) + 1, len(waiting)) if job_id in waiting else None


def of_whole(lines: Iterable[Line]) -> Line:
    """Return one line for a job from those of its tasks: what still happens goes before what has ended, and what
    went wrong before what went well."""
    each = sorted(lines, key=_weight)
    if len(each) == 1:
        return each[0]
    first, counts = each[0], _counted(each)
    return Line(first.job_id, first.job_id, first.state, counts, first.exit_code, first.start)


def _weight(line: Line) -> tuple[int, str]:
    if line.state in _FIRST:
        return _FIRST.index(line.state), line.task_id
    if line.state not in FINAL:
        return len(_FIRST), line.task_id
    return len(_FIRST) + (2 if line.state == "COMPLETED" else 1), line.task_id


def _counted(lines: list[Line]) -> str:
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.state] = counts.get(line.state, 0) + _tasks(line.task_id)
    told = ", ".join(f"{count} {state.lower().replace('_', ' ')}" for state, count in counts.items())
    reason = next((line.reason for line in lines if line.reason), "")
    return f"{told} ({reason})" if reason else told


def _tasks(task_id: str) -> int:
    """Count the tasks that an id such as ``12_[3-9,11%2]`` stands for."""
    inner = re.fullmatch(r"[0-9]+_\[([0-9,:-]+)(?:%[0-9]+)?\]", task_id)
    if inner is None:
        return 1
    count = 0
    for part in inner[1].split(","):
        span, _, step = part.partition(":")
        first, _, last = span.partition("-")
        count += (int(last or first) - int(first)) // int(step or 1) + 1
    return count


def _reason(text: str) -> str:
    return "" if text in {"None", "N/A"} else text


def _time(text: str) -> str:
    return "" if text in _NO_TIME else f"{text}+00:00"
