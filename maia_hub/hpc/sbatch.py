"""A batch script as people write it for sbatch: its #SBATCH lines become a job, the rest runs as it is.

The lines are read as sbatch reads them: before the first command, words split at white space and #, quotes of both
kinds, options by long or short name. What the system has a way of its own for (GPUs) is asked for in that way; where
the log goes is not the script's to say, since the job is followed there.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.jobspec import JobSpec, job_spec

SCRIPT = "script"
"""The script's name in the run folder."""
LEFT_OUT = ("output", "error", "open_mode")
_START = ("sh", "-c", f'exec "$@" "$MAIA_RUN/{SCRIPT}"', SCRIPT)
_VALUES = {
    "name": ("-J", "--job-name"),
    "time": ("-t", "--time"),
    "nodes": ("-N", "--nodes"),
    "tasks": ("-n", "--ntasks"),
    "cpus": ("-c", "--cpus-per-task"),
    "memory": ("--mem",),
    "account": ("-A", "--account"),
    "partition": ("-p", "--partition"),
    "qos": ("-q", "--qos"),
    "constraint": ("-C", "--constraint"),
    "array": ("-a", "--array"),
    "dependency": ("-d", "--dependency"),
    "signal": ("--signal",),
    "folder": ("-D", "--chdir"),
    "gpus": ("-G", "--gpus"),
    "gpus_per_node": ("--gpus-per-node",),
    "gres": ("--gres",),
    "output": ("-o", "--output"),
    "error": ("-e", "--error"),
    "open_mode": ("--open-mode",),
}
_TIME = re.compile(r"(?:(?P<days>\d+)-(?P<hours>\d+)(?::(?P<minutes>\d+)(?::(?P<seconds>\d+))?)?)")
_GPUS = re.compile(r"(?:(?P<type>[A-Za-z][\w.-]*)(?::|$))?(?P<count>\d+)?")
_SIGNAL = re.compile(r"(?:[RB]+:)?(?:SIG)?(?P<name>[A-Z0-9]+)(?:@(?P<seconds>\d+))?")


@dataclass(frozen=True)
class Batch:
    """A batch script as a job: ``files`` go into its run folder, ``left_out`` are options that were not taken."""

    spec: JobSpec
    files: dict[str, bytes]
    left_out: tuple[str, ...] = ()


def batch(text: str, words: Sequence[str] = ()) -> Batch:
    """Return a script as a job; ``words`` are further options, which go before those of the script.

    Raises InvalidInput for an option that sbatch or this does not know.
    """
    text = text.lstrip("\n")
    text = text if text.startswith("#!") else f"#!/bin/bash\n{text}"
    found, others = _parser().parse_known_args([*_header(text), *words])
    given = {name: value for name, value in vars(found).items() if value is not None}
    left_out = tuple(f"--{each.replace('_', '-')}" for each in LEFT_OUT if given.pop(each, None))
    values = {**_converted(given), "options": _options(others)}
    command = [*_START, *shlex.split(text.split("\n", 1)[0][2:])]
    return Batch(job_spec(**{"name": "script", **values}, command=command), {SCRIPT: text.encode()}, left_out)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidInput(f"sbatch: {message}.", advice="Options are those of man sbatch.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="sbatch", add_help=False, allow_abbrev=False)
    for name, options in _VALUES.items():
        parser.add_argument(*options, dest=name)
    return parser


def _header(text: str) -> list[str]:
    """Return the words of the #SBATCH lines before the first command."""
    words = []
    for line in text.split("\n")[1:]:
        if line.startswith("#SBATCH"):
            words += _words(line.removeprefix("#SBATCH"))
        elif line.strip() and not line.lstrip().startswith("#"):
            break
    return words


def _words(line: str) -> list[str]:
    reader = shlex.shlex(line, posix=True, punctuation_chars=False)
    reader.whitespace_split = True
    reader.escapedquotes = "\"'"
    try:
        return list(reader)
    except ValueError as e:
        raise InvalidInput("The quotes of an #SBATCH line do not match.", given=line.strip()[:80]) from e


def _options(words: Sequence[str]) -> dict[str, str | None]:
    """Return further long options by name, None for no value; only sbatch itself knows whether there are such."""
    found = {}
    for word in words:
        name, _, value = word.partition("=")
        if not name.startswith("--"):
            raise InvalidInput(
                f"sbatch: {word[:60]!r} is not understood.",
                allowed="--option or --option=value, for what has no other form here",
            )
        found[name[2:]] = value or None
    return found


def _converted(given: dict[str, Any]) -> dict[str, Any]:
    """Turn values as sbatch has them into those of a job."""
    values = dict(given)
    if "time" in values:
        values["time"] = slurm_length(values["time"])
    if values.get("memory", "").isdigit():
        values["memory"] += "M"
    if "dependency" in values:
        values["dependency"] = values["dependency"].split(",")
    if "signal" in values:
        values["signal"] = _signal(values["signal"])
    for name in ("nodes", "tasks", "cpus"):
        if name in values:
            values[name] = _whole(name, values[name])
    return values | _gpus(values)


def slurm_length(text: str) -> timedelta | str:
    """Read a length as Slurm writes it (30, 30:00, 2:00:00, 1-12, 1-12:30:00); other text is returned as it is."""
    if found := _TIME.fullmatch(text):
        return timedelta(**{unit: int(value) for unit, value in found.groupdict().items() if value})
    parts = text.split(":")
    if len(parts) > 3 or not all(part.isdigit() for part in parts):
        return text
    units = ("minutes", "seconds") if len(parts) < 3 else ("hours", "minutes", "seconds")
    return timedelta(**{unit: int(part) for unit, part in zip(units, parts, strict=False)})


def _gpus(values: dict[str, Any]) -> dict[str, Any]:
    """Take the GPUs in whichever way they are asked for; their number is that over all nodes."""
    ways = {name: values.pop(name) for name in ("gpus", "gpus_per_node", "gres") if name in values}
    if not ways:
        return {}
    if len(ways) > 1:
        raise InvalidInput("GPUs are asked for in more than one way.", given=", ".join(sorted(ways)))
    ((way, text),) = ways.items()
    if way == "gres":
        kind, _, text = text.partition(":")
        if kind != "gpu" or "," in text:
            raise InvalidInput("Of generic resources only GPUs can be asked for.", given=ways["gres"][:60])
        text = text or "1"
    found = _GPUS.fullmatch(text)
    if found is None:
        raise InvalidInput("That is no number of GPUs.", given=text[:60], allowed="2, or a100:2")
    count = int(found["count"] or 1) * (1 if way == "gpus" else values.get("nodes", 1))
    return {"gpus": count} | ({"gpu_type": found["type"]} if found["type"] else {})


def _signal(text: str) -> dict[str, Any]:
    found = _SIGNAL.fullmatch(text)
    if found is None:
        raise InvalidInput("That is no signal.", given=text[:60], allowed="USR1@120, B:TERM@60")
    return {"name": found["name"], "before": timedelta(seconds=int(found["seconds"] or 60))}


def _whole(name: str, text: str) -> int:
    if not text.isdigit():
        raise InvalidInput(f"The number of {name} is no whole number.", given=text[:60])
    return int(text)
