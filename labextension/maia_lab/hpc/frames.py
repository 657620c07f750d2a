"""What Slurm's own commands say, as tables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from maia_hub.hpc.advice import advice
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.systems import System
from maia_hub.hpc.transport import Transport, TransportError

SEPARATOR = "\x1f"
"""Stands in no name: no job of ours may have a control character in its."""
_FORMATS = {
    "squeue": ["%i", "%P", "%j", "%u", "%T", "%M", "%L", "%D", "%R"],
    "sinfo": ["%P", "%a", "%l", "%D", "%t", "%c", "%m", "%G", "%N"],
}
_SACCT = "JobID,JobName,Partition,Account,AllocCPUS,State,ExitCode,Elapsed,MaxRSS"
_OTHER_OUTPUT = {
    "squeue": ("-o", "-O", "-h", "-V", "--format", "--Format", "--noheader", "--help", "--usage", "--json"),
    "sinfo": ("-o", "-O", "-h", "-R", "-s", "-V", "--format", "--Format", "--noheader", "--help", "--json"),
    "sacct": (
        "-n",
        "-h",
        "-e",
        "-V",
        "--noheader",
        "--help",
        "--helpformat",
        "--usage",
        "--json",
        "--delimiter",
    ),
}


async def asked(
    program: str, words: Sequence[str], system: System, transport: Transport
) -> pd.DataFrame | str:
    """Ask a system by one of Slurm's commands; its words as they are where they ask for another output."""
    plain = any(word.split("=")[0] in _OTHER_OUTPUT[program] for word in words)
    done = await transport.run([program, *words, *([] if plain else _wanted(program, words))])
    if done.status:
        raise TransportError(f"{program} on {system.name}: {done.complaint}")
    return done.text if plain else table(done.text)


def _wanted(program: str, words: Sequence[str]) -> list[str]:
    if program != "sacct":
        return ["-o", SEPARATOR.join(_FORMATS[program])]
    own = any(word.startswith(("-o", "--format")) for word in words)
    return ["-P", f"--delimiter={SEPARATOR}", *([] if own else [f"--format={_SACCT}"])]


def table(text: str) -> pd.DataFrame:
    """Return lines with separators as a table; columns of whole numbers are numbers, ids stay text."""
    head, *lines = text.splitlines() or [""]
    names = [name.strip() for name in head.split(SEPARATOR)]
    frame = pd.DataFrame([_row(line, len(names)) for line in lines], columns=names, dtype=object)
    for name in names:
        if not name.upper().startswith("JOBID") and len(frame) and frame[name].str.fullmatch("[0-9]+").all():
            frame[name] = frame[name].astype(int)
    return frame


def _row(line: str, columns: int) -> list[str]:
    fields = [field.strip() for field in line.split(SEPARATOR)]
    return (fields + [""] * columns)[:columns]


def jobs_table(jobs: Sequence[Job]) -> pd.DataFrame:
    """Return jobs as a table, each by the token that it is found by."""
    rows = [
        (job.token, job.system, job.job_id or "", job.name, job.state, job.created[:16], advice(job))
        for job in jobs
    ]
    frame = pd.DataFrame(rows, columns=["token", "system", "job", "name", "state", "created", "what to do"])
    frame["created"] = pd.to_datetime(frame["created"], utc=True)
    return frame
