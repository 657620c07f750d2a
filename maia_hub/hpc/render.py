"""From a job and a system to the batch script, purely; every value is quoted for whoever reads it.

Two readers: sbatch reads the lines that begin with #SBATCH by rules of its own, the shell the rest. Tried with
sbatch 22.05: a word ends at white space or at #, unless it stands in quotes, and a backslash takes the meaning from
the next character in every kind of quotes, but not from white space outside of them. A line ends at its end,
whatever stands before it: a value with a line break cannot be written, and is refused.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from datetime import timedelta

from maia_hub.client.times import parse_duration
from maia_hub.core.counting import counted
from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.jobspec import Image, JobSpec
from maia_hub.hpc.systems import System

LONGEST_DIRECTIVE = 4000
"""Characters: sbatch copies each word into a buffer of 8,192 bytes."""
LOG = "slurm-%j.out"
ARRAY_LOG = "slurm-%A_%a.out"

_PLAIN = re.compile(r"[A-Za-z0-9_./:,@%+=-]+")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

_BEFORE = """\
maia_job="${{SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}}"
maia_id="$maia_job${{SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}}"
export MAIA_TOKEN={token} MAIA_RUN="${{SLURM_SUBMIT_DIR:-$PWD}}"
printf '%s' "$maia_job" > "$MAIA_RUN/.claim.$maia_id" && ln "$MAIA_RUN/.claim.$maia_id" "$MAIA_RUN/claim" 2> /dev/null
rm -f -- "$MAIA_RUN/.claim.$maia_id"
if [ -s "$MAIA_RUN/claim" ] && [ "$(cat "$MAIA_RUN/claim")" != "$maia_job" ]; then
  echo "Job $(cat "$MAIA_RUN/claim") is this one already: $MAIA_TOKEN" >&2
  exit 75
fi
printf '%s %s\\n' "$MAIA_TOKEN" "$maia_id" > "$MAIA_RUN/job.$maia_id"
maia_ended="$MAIA_RUN/ended.$maia_id"
rm -f -- "$maia_ended"
maia_end() {{
  maia_status=$?
  printf '%s\\n' "$maia_status" > "$maia_ended.part" && mv -f -- "$maia_ended.part" "$maia_ended"
}}
trap maia_end EXIT
"""
_MODULES = "type module > /dev/null 2>&1 || . /etc/profile"
_AFTER = """\
maia_child=$!
for maia_signal in TERM HUP USR1 USR2 CONT ALRM URG WINCH; do
  trap "maia_told=1; kill -s $maia_signal $maia_child 2> /dev/null" "$maia_signal"
done
while maia_told=; do
  wait "$maia_child"
  maia_status=$?
  [ -n "$maia_told" ] || break
done
exit "$maia_status"
"""
"""A wait that a signal cut short is begun again; the status of a child that has gone already is kept by bash."""


def render(spec: JobSpec, system: System, *, token: str) -> str:
    """Return the batch script of a job on a system.

    It runs in its run folder, the folder that it was submitted from. There its first lines claim the folder, so that
    of two jobs with one token only one ever runs its command, and write ``job.ID`` with token and id; its last one
    writes ``ended.ID`` with the exit status. So both are known without accounting.
    Raises InvalidInput for what the system does not allow or a batch script cannot say.
    """
    parts = ["#!/bin/bash\n", *(f"{line}\n" for line in _directives(spec, system, token)), "\n"]
    parts.append(_BEFORE.format(token=shlex.quote(token)))
    parts += [f"{line}\n" for line in _surroundings(spec, system)]
    parts.append(f"exec -- {shlex.join(command(spec, system))} &\n")
    parts.append(_AFTER)
    return "".join(parts)


def directive(option: str, value: str) -> str:
    """Return the #SBATCH line that gives an option exactly this value; InvalidInput if none can."""
    if _UNWRITABLE.search(value) or len(value) > LONGEST_DIRECTIVE:
        raise InvalidInput(
            f"{option} cannot be written into a batch script.",
            given=value[:60],
            allowed=f"one line without control characters, at most {LONGEST_DIRECTIVE} characters",
        )
    if _PLAIN.fullmatch(value):
        return f"#SBATCH --{option}={value}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'#SBATCH --{option}="{escaped}"'


def slurm_time(length: timedelta) -> str:
    """Write a length as Slurm reads it, D-HH:MM:SS; a part of a second counts as one."""
    seconds = -(-length // timedelta(seconds=1))
    days, rest = divmod(seconds, 86400)
    return f"{days}-{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"


def logs(names: Iterable[str]) -> list[str]:
    """Return, of the names in a run folder, those of what the job has written, one for each of its tasks."""
    return sorted(each for each in names if each.startswith("slurm-") and each.endswith(".out"))


def name_of_job(spec: JobSpec, token: str) -> str:
    """Return the name that the scheduler gets: the job's own, and the token by which it is found again."""
    return f"{spec.name}-{token}"


def _directives(spec: JobSpec, system: System, token: str) -> Iterator[str]:
    own, gpu = system.defaults, system.gpus if spec.gpus else None
    time = spec.time or (parse_duration(own.time) if own.time else None)
    values = {
        "job-name": name_of_job(spec, token),
        "output": ARRAY_LOG if spec.array else LOG,
        "account": _account(spec, system),
        "partition": spec.partition or (gpu and gpu.partition) or own.partition,
        "qos": spec.qos or own.qos,
        "constraint": spec.constraint or (gpu and gpu.constraint) or own.constraint,
        "time": slurm_time(time) if time else None,
        "nodes": str(spec.nodes),
        "ntasks": str(spec.tasks),
        "cpus-per-task": str(spec.cpus) if spec.cpus else None,
        "mem": spec.memory,
        **_gpus(spec, system),
        "array": spec.array,
        "dependency": ",".join(spec.dependency),
        "signal": _signal(spec, system),
    }
    yield from (directive(option, value) for option, value in values.items() if value)
    for option, value in sorted(spec.options.items()):
        yield f"#SBATCH --{option}" if value is None else directive(option, value)


def _account(spec: JobSpec, system: System) -> str | None:
    account = spec.account or system.defaults.account
    if account is None and system.account_required:
        raise InvalidInput(
            f"{system.title or system.name} runs jobs only for a project's account.",
            allowed="the name of an account",
            advice="Say it in the job, or under defaults in the system's file.",
        )
    return account


def _gpus(spec: JobSpec, system: System) -> dict[str, str]:
    """Return the option that asks for the GPUs in the system's way; checks what can be known here."""
    if not spec.gpus:
        return {}
    way, kind = system.gpus, spec.gpu_type
    if kind is None and way.type_required:
        raise InvalidInput(
            f"{system.title or system.name} wants the type of GPU named.",
            allowed=", ".join(way.types) or "the name of a type",
            advice=f"Ask for {spec.gpus} of one of these types.",
        )
    if kind is not None and way.types and kind not in way.types:
        raise InvalidInput(f"There is no GPU type {kind!r} there.", given=kind, allowed=", ".join(way.types))
    each, left = divmod(spec.gpus, spec.nodes)
    if way.per_node and spec.gpus > way.per_node * spec.nodes:
        raise InvalidInput(
            f"A node there has {counted(way.per_node, 'GPU')}.",
            given=spec.gpus,
            allowed=f"at most {way.per_node * spec.nodes} on {counted(spec.nodes, 'node')}",
            advice=f"Ask for {-(-spec.gpus // way.per_node)} nodes.",
        )
    if way.request == "whole-nodes":
        return {}
    if way.request == "gpus":
        return {"gpus": f"{kind}:{spec.gpus}" if kind else str(spec.gpus)}
    if left:
        raise InvalidInput(
            f"{spec.gpus} GPUs cannot be divided evenly among {spec.nodes} nodes.",
            given=spec.gpus,
            advice=f"Ask for {each * spec.nodes or spec.nodes} or {(each + 1) * spec.nodes}.",
        )
    wanted = f"{kind}:{each}" if kind else str(each)
    return {"gres": f"gpu:{wanted}"} if way.request == "gres" else {"gpus-per-node": wanted}


def _signal(spec: JobSpec, system: System) -> str | None:
    """Return the signal option: to the batch script, which passes it on, unless the command runs as a step."""
    if spec.signal is None:
        return None
    seconds = -(-spec.signal.before // timedelta(seconds=1))
    to_script = "" if _as_step(spec, system) else "B:"
    return f"{to_script}{spec.signal.name}@{seconds}"


def _surroundings(spec: JobSpec, system: System) -> Iterator[str]:
    modules = (*system.defaults.modules, *_container_modules(spec, system), *spec.modules)
    if modules:
        yield _MODULES
    for each in modules:
        yield f"module load {shlex.quote(each)} || exit 1"
    for name, value in sorted(spec.environment.items()):
        yield f"export {name}={shlex.quote(value)}"
    if spec.folder is not None:
        yield f"cd -- {shlex.quote(spec.folder)} || exit 1"


def _container_modules(spec: JobSpec, system: System) -> tuple[str, ...]:
    return system.container.modules if spec.container and system.container else ()


def _as_step(spec: JobSpec, system: System) -> bool:
    pyxis = (
        spec.container is not None and system.container is not None and system.container.runtime == "pyxis"
    )
    return pyxis or spec.tasks > 1 or spec.nodes > 1


def command(spec: JobSpec, system: System) -> list[str]:
    """Return the arguments that the script runs: the job's command, in its container, as a step if it is several."""
    words = list(spec.command)
    step: list[str] = []
    if spec.container is not None:
        if system.container is None:
            raise InvalidInput(
                f"{system.title or system.name} has no container runtime that is known here.",
                advice="Name it in the system's file: container: {runtime: apptainer}",
            )
        if system.container.runtime == "pyxis":
            step = _pyxis(spec.container, spec.folder)
        else:
            words = [*_apptainer(system, spec, spec.container), *words]
    if _as_step(spec, system):
        return ["srun", *step, "--", *words]
    return words


def _apptainer(system: System, spec: JobSpec, image: Image) -> list[str]:
    assert system.container is not None
    words = [system.container.runtime, "exec"]
    if spec.gpus:
        words.append("--rocm" if system.gpus.vendor == "amd" else "--nv")
    for bind in image.binds:
        words += ["--bind", f"{bind.source}:{bind.target or bind.source}{':ro' if bind.read_only else ''}"]
    return [*words, image.image]


def _pyxis(image: Image, folder: str | None) -> list[str]:
    words = [f"--container-image={image.image}"]
    mounts = [
        f"{bind.source}:{bind.target or bind.source}{':ro' if bind.read_only else ''}" for bind in image.binds
    ]
    if mounts:
        words.append(f"--container-mounts={','.join(mounts)}")
    return words + ([f"--container-workdir={folder}"] if folder and folder.startswith("/") else [])
