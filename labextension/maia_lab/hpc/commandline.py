"""How the lines of the magics are read: pure, and every mistake is an error that says what to write."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from maia_hub.core.errors import InvalidInput
from maia_lab.words import names, split

HELP = """\
%%hpc --system berzelius --gpus 1 --time 1h --in x, y --out model
                                      run the cell there, with the variables x and y; model comes back
                                      further: --memory 16G  --cpus 8  --module NAME  --env NAME=VALUE  --image NAME
                                      --python PROGRAM  --account NAME  --partition NAME  --name NAME  --as HANDLE
                                      --background: go on at once   --preview: show the batch script, send nothing
%hpc                                  list your jobs on all systems
%hpc TOKEN                            take a job in hand again: state, log, .result(), .fetch(), .cancel()
%%sbatch --system berzelius           submit the cell as a batch script, #SBATCH lines and all
%squeue, %sinfo, %sacct --system …    as there, as a table; their options are passed on
%scancel JOB --system …               cancel; a token needs no system
"""
_OPTIONS: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("--system",), {}),
    (("--in",), {"nargs": "+", "default": [], "dest": "given"}),
    (("--out",), {"nargs": "+", "default": [], "dest": "wanted"}),
    (("--as",), {"dest": "handle"}),
    (("--name",), {"default": "cell"}),
    (("--time", "-t"), {"nargs": "+"}),
    (("--gpus", "-G"), {"type": int}),
    (("--gpu-type",), {}),
    (("--cpus", "-c"), {"type": int}),
    (("--memory", "--mem"), {}),
    (("--account", "-A"), {}),
    (("--partition", "-p"), {}),
    (("--qos",), {}),
    (("--constraint", "-C"), {}),
    (("--module",), {"nargs": "+", "default": [], "dest": "modules"}),
    (("--env",), {"nargs": "+", "default": [], "dest": "environment"}),
    (("--image",), {}),
    (("--folder",), {}),
    (("--python",), {}),
    (("--background", "-b"), {"action": "store_true"}),
    (("--preview",), {"action": "store_true"}),
)
_SPEC = ("gpu_type", "cpus", "memory", "account", "partition", "qos", "constraint", "folder")
OPTIONS = {
    "%%hpc": [options[0] for options, _ in _OPTIONS],
    "%%sbatch": [
        "--system",
        "--time=",
        "--gpus=",
        "--mem=",
        "--account=",
        "--partition=",
        "--job-name=",
        "--array=",
    ],
    "%squeue": ["--system", "--me", "--user=", "--partition=", "--states=", "--start"],
    "%sacct": ["--system", "--starttime=", "--jobs=", "--state=", "--format="],
    "%scancel": ["--system", "--state=", "--name="],
    "%sinfo": ["--system", "--partition=", "--Node"],
    "%hpc": ["help"],
}
"""What may be completed after each magic."""


class _Parser(argparse.ArgumentParser):
    """Raises instead of leaving the process."""

    def error(self, message: str) -> NoReturn:
        raise InvalidInput(f"%%hpc: {message}.", advice="See: %hpc help")


def _build() -> argparse.ArgumentParser:
    parser = _Parser(prog="%%hpc", add_help=False, allow_abbrev=False)
    for options, settings in _OPTIONS:
        parser.add_argument(*options, **settings)
    return parser


_PARSER = _build()


def parse_cell(line: str) -> argparse.Namespace:
    """Read the line after ``%%hpc``; names of variables may be divided by commas, by blanks, or both."""
    words = _PARSER.parse_args(split(line))
    words.given, words.wanted = names(words.given), names(words.wanted)
    return words


def job_values(words: argparse.Namespace) -> dict[str, Any]:
    """Return what a line says of a job, as ``job_spec`` takes it."""
    values = {name: getattr(words, name) for name in _SPEC}
    return {
        **values,
        "name": words.name,
        "time": " ".join(words.time) if words.time else None,
        "gpus": words.gpus or 0,
        "modules": words.modules,
        "environment": dict(map(_variable, words.environment)),
        "container": {"image": words.image} if words.image else None,
    }


def with_system(line: str) -> tuple[str | None, list[str]]:
    """Return the system that a line names, and its other words."""
    system, others, words = None, [], iter(split(line))
    for word in words:
        if word == "--system":
            system = next(words, None)
            if system is None:
                raise InvalidInput("--system needs the name of a system.", advice="See: maia hpc systems")
        elif word.startswith("--system="):
            system = word.partition("=")[2]
        else:
            others.append(word)
    return system, others


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidInput(f"{text[:60]!r} sets no variable.", allowed="NAME=value")
    return name, value
