"""Whether what is assumed of a system holds, asked of the system itself, and how to mend what does not."""

from __future__ import annotations

import json
from dataclasses import dataclass

from maia_hub.hpc import slurm
from maia_hub.hpc.systems import System
from maia_hub.hpc.transport import Completed, Transport, TransportError


@dataclass(frozen=True)
class Finding:
    """One assumption and what was found."""

    what: str
    good: bool
    said: str
    advice: str = ""


@dataclass(frozen=True)
class _Question:
    what: str
    program: str
    advice: str


_FOLDER = _Question(
    "run folder",
    'mkdir -p -- "$1" && cd -- "$1" && : > .check && rm .check && pwd && df -Ph . | tail -n 1',
    "Name a folder that you may write to as work in the system's file.",
)
_SLURM = (
    _Question(
        "scheduler",
        "sbatch --version",
        "Log in there and see whether sbatch is found: a module may bring it.",
    ),
    _Question("controller", "scontrol ping", "The scheduler is away: try again later."),
)


async def check(system: System, transport: Transport) -> list[Finding]:
    """Ask a system; the first finding that is not good may be the cause of those after it."""
    try:
        login = await transport.run(["sh", "-c", "id -un; uname -n"])
    except TransportError as e:
        return [
            Finding("login", good=False, said=e.message, advice=e.advice or "See whether ssh gets you there.")
        ]
    findings = [Finding("login", good=True, said=" on ".join(login.text.split()))]
    findings.append(await _asked(transport, _FOLDER, system.work))
    if system.scheduler == "slurm":
        findings += [await _asked(transport, each) for each in _SLURM]
        findings += [await _json(transport), await _accounting(transport)]
        findings += await _account(system, transport)
        findings += await _partitions(system, transport)
    if system.container is not None and system.container.runtime != "pyxis":
        findings.append(await _runtime(system, transport))
    return findings


async def _asked(transport: Transport, question: _Question, *words: str) -> Finding:
    done = await transport.run(["sh", "-c", question.program, "maia-check", *words])
    good = done.status == 0
    return Finding(question.what, good, _line(done), "" if good else question.advice)


async def _json(transport: Transport) -> Finding:
    """See whether squeue's JSON honours its filters; where it does not, text is used, which is no fault."""
    everything = await _listed(transport, "squeue --json -t all")
    filtered = await _listed(transport, "squeue --json -t all --name=maia-no-such-job")
    if not everything or filtered is None:
        said = "not known: there is no job to see it by" if everything == [] else "there is none"
    else:
        said = "does not honour filters" if filtered else "honours filters"
    return Finding("JSON", good=True, said=f"{said}; text is used")


async def _listed(transport: Transport, command: str) -> list[object] | None:
    done = await transport.run(["sh", "-c", command])
    try:
        jobs = json.loads(done.text).get("jobs") if done.status == 0 else None
    except (ValueError, AttributeError):
        return None
    return jobs if isinstance(jobs, list) else None


async def _accounting(transport: Transport) -> Finding:
    done = await transport.run(["sh", "-c", "sacct -n -X -S now-60seconds -o JobID"])
    if done.status == 0:
        return Finding("accounting", good=True, said="on")
    if any(each in done.complaint for each in slurm.NO_ACCOUNTING):
        return Finding(
            "accounting", good=True, said="off: what jobs write into their run folders is all that stays"
        )
    return Finding(
        "accounting", good=False, said=_line(done), advice="Its database is away: try again later."
    )


async def _account(system: System, transport: Transport) -> list[Finding]:
    account = system.defaults.account
    if account is None:
        missing = "none is named; every job has to name one"
        return [Finding("account", good=True, said=missing)] if system.account_required else []
    done = await transport.run(
        ["sh", "-c", 'sacctmgr -n -P show assoc where user="$(id -un)" format=account']
    )
    mine = sorted(set(done.text.split()))
    if done.status or not mine:
        return [Finding("account", good=True, said=f"{account}; whether it is yours cannot be asked here")]
    advice = f"Yours are: {', '.join(mine)}. Name one under defaults."
    good = account in mine
    return [Finding("account", good, account if good else f"{account} is not yours.", "" if good else advice)]


async def _partitions(system: System, transport: Transport) -> list[Finding]:
    done = await transport.run(["sh", "-c", "sinfo -h -o '%R|%G'"])
    if done.status:
        return [
            Finding(
                "partitions", good=False, said=_line(done), advice="The scheduler is away: try again later."
            )
        ]
    there = [line.partition("|") for line in done.text.split("\n") if line]
    names = sorted({each[0] for each in there})
    findings = [Finding("partitions", good=True, said=", ".join(names))]
    for named in sorted(filter(None, {system.defaults.partition, system.gpus.partition})):
        if named not in names:
            findings.append(
                Finding("partition", good=False, said=f"There is no {named}.", advice="Name one of those.")
            )
    gres = sorted({each[2] for each in there if "gpu" in each[2]})
    findings.append(Finding("GPUs", good=True, said=", ".join(gres) or "none in sinfo"))
    return findings


async def _runtime(system: System, transport: Transport) -> Finding:
    assert system.container is not None
    name = system.container.runtime
    done = await transport.run(["sh", "-c", '"$1" --version', "maia-check", name])
    if done.status == 0 or not system.container.modules:
        advice = f"Name the modules that bring {name} under container in the system's file."
        return Finding("container", done.status == 0, _line(done), "" if done.status == 0 else advice)
    modules = ", ".join(system.container.modules)
    return Finding("container", good=True, said=f"{name} by the modules {modules}, which were not tried")


def _line(done: Completed) -> str:
    """Return one line of what was said."""
    text = done.text.strip() if done.status == 0 else done.complaint
    return " · ".join(text.split("\n"))[:300]
