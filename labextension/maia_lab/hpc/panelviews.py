"""What the panel is told of jobs, systems and errors, as plain JSON."""

from __future__ import annotations

import shlex
from typing import Any

from maia_hub.core.errors import MaiaError
from maia_hub.hpc.advice import advice
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.jobspec import JobSpec
from maia_hub.hpc.render import slurm_time
from maia_hub.hpc.showing import Efficiency
from maia_hub.hpc.submitting import OWN_STATES, SubmitRefused
from maia_hub.hpc.systemfiles import Found
from maia_hub.hpc.systems import System
from maia_hub.hpc.transport import SignInAgain
from maia_hub.hpc.watching import OVER
from maia_lab import handling

_STATUS = {**handling.STATUS, SignInAgain: 409, SubmitRefused: 409}
_FIELDS = ["cpus", "memory", "gpus", "gpu_type", "nodes", "account", "partition", "array"]
"""What the form has as the job has it."""
_WAITING = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT", "SUSPENDED", "RESIZING"}


def problem(error: MaiaError) -> dict[str, Any]:
    """Return an error in the shape that every error of the platform has, with the status that it has among jobs."""
    return handling.problem(error, _STATUS)


def job(known: Job) -> dict[str, Any]:
    """Return what the list shows of a job."""
    left_out = ("spec", "script")
    return {
        **{name: value for name, value in vars(known).items() if name not in left_out},
        "over": known.state in OVER,
        "group": group(known),
        "advice": advice(known),
    }


def group(known: Job) -> str:
    """Return what a person calls the state: waiting, running, done, failed, or unsure."""
    if known.state == "COMPLETED":
        return "done"
    if known.state in OVER:
        return "failed"
    if known.state in OWN_STATES:
        return "unsure"
    return "waiting" if known.state in _WAITING else "running"


def page(known: Job) -> dict[str, Any]:
    """Return what a job's own page shows: also its script, and the form that would make it again."""
    return {**job(known), "script": known.script, "form": form(known)}


def form(known: Job) -> dict[str, Any]:
    """Return the form that makes the same job; what the form has no field for is kept beside it."""
    spec = JobSpec.model_validate_json(known.spec)
    kept = spec.model_dump(mode="json", exclude_defaults=True)
    values = {name: kept.pop(name) for name in _FIELDS if name in kept}
    kept.pop("name"), kept.pop("command"), kept.pop("time", None)
    return {
        **values,
        "system": known.system,
        "name": spec.name,
        "command": command_line(spec.command),
        "time": slurm_length(spec),
        "modules": list(kept.pop("modules", [])),
        "environment": kept.pop("environment", {}),
        "image": kept.pop("container")["image"] if set(kept.get("container", ())) == {"image"} else "",
        "rest": kept,
    }


def efficiency(used: Efficiency | None) -> dict[str, Any] | None:
    """Return what a job used of what it was given, shares from 0 to 1; null where it is not known."""
    if used is None:
        return None
    return {
        "seconds": used.elapsed.total_seconds(),
        "cpus": used.cpus,
        "cpu_share": used.cpu_share,
        "memory": used.memory,
        "memory_given": used.memory_given,
        "memory_share": used.memory_share,
        "gpus": used.gpus,
        "gpu_share": used.gpu_share,
    }


def slurm_length(spec: JobSpec) -> str:
    """Return the time that a job asks for as the form reads it, such as 1d 12h."""
    if spec.time is None:
        return ""
    days, _, rest = slurm_time(spec.time).partition("-")
    numbers = zip((int(days), *map(int, rest.split(":"))), "dhms", strict=True)
    return " ".join(f"{number}{unit}" for number, unit in numbers if number)


def command_line(words: tuple[str, ...]) -> str:
    """Return a command as it would be typed into a shell."""
    if len(words) == 3 and words[:2] == ("bash", "-c"):
        return words[2]
    return shlex.join(words)


def system(found: Found, *, connection: str, trouble: str) -> dict[str, Any]:
    """Return a system with how it is at present."""
    known = found.system
    return {
        "name": known.name,
        "title": known.title or known.name,
        "scheduler": known.scheduler,
        "host": known.control.host if known.control else "",
        "file": str(found.path or ""),
        "connection": connection,
        "trouble": trouble,
        "gpu_types": list(known.gpus.types),
        "gpus_per_node": known.gpus.per_node,
        "account": known.defaults.account or "",
        "time": known.defaults.time or "",
        "account_required": known.account_required,
        "containers": known.container is not None,
        "untried": list(known.untried),
        "presets": presets(known),
    }


def presets(known: System) -> list[dict[str, Any]]:
    """Return what the form can be filled with on a system: a name, and the values of fields."""
    found: list[dict[str, Any]] = [
        {"name": "Try something out", "values": {"time": "15min", "cpus": 1, "memory": "2G", "gpus": 0}},
    ]
    if known.scheduler == "local":
        return found
    kind = {"gpu_type": known.gpus.types[0]} if known.gpus.type_required and known.gpus.types else {}
    found.append({"name": "Prepare data", "values": {"time": "4h", "cpus": 8, "memory": "32G", "gpus": 0}})
    found.append(
        {"name": "Train on one GPU", "values": {"time": "12h", "cpus": 8, "memory": "32G", "gpus": 1, **kind}}
    )
    each = known.gpus.per_node
    if each and each > 1:
        whole = {"time": "1d", "cpus": 8 * each, "memory": f"{32 * each}G", "gpus": each, **kind}
        found.append({"name": f"Train on a whole node: {each} GPUs", "values": whole})
    return found
