"""Whether what is assumed of a system's Slurm holds."""

from __future__ import annotations

import json

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc import slurm
from maia_hub.hpc.findings import Finding, Question, asked, line
from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.submitting import describe
from maia_hub.hpc.systems import System
from maia_hub.hpc.transport import Transport

_QUESTIONS = (
    Question(
        "scheduler",
        "sbatch --version",
        "Log in there and see whether sbatch is found: a module may bring it.",
    ),
    Question("controller", "scontrol ping", "The scheduler is away: try again later."),
)


async def check(system: System, transport: Transport) -> list[Finding]:
    """Ask about Slurm."""
    findings = [await asked(transport, each) for each in _QUESTIONS]
    findings += [await _json(transport), await _accounting(transport)]
    findings += await _account(system, transport)
    findings += await _partitions(system, transport)
    return [*findings, *await _requests(system, transport)]


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
    return Finding("accounting", good=False, said=line(done), advice="Its database is away: try again later.")


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
                "partitions", good=False, said=line(done), advice="The scheduler is away: try again later."
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


async def _requests(system: System, transport: Transport) -> list[Finding]:
    """Let Slurm say whether it would take a job, and one with a GPU; it takes none."""
    if system.account_required and system.defaults.account is None:
        return [Finding("job", good=True, said="not tried: no account is named under defaults")]
    plain = await _request(system, transport, "job", 0)
    if not plain.good or not (system.gpus.types or await _has_gpus(transport)):
        return [plain]
    return [plain, await _request(system, transport, "GPU request", 1)]


async def _request(system: System, transport: Transport, what: str, gpus: int) -> Finding:
    kinds = system.gpus.types if system.gpus.type_required else ()
    try:
        spec = job_spec(
            name="check", command=["true"], time="1min", memory="100M", gpus=gpus,
            gpu_type=kinds[0] if gpus and kinds else None,
        )  # fmt: skip
        script = describe(spec, system).script
    except InvalidInput as e:
        return Finding(what, good=False, said=e.message, advice=e.advice or "Mend the system's file.")
    done = await transport.run(["sbatch", "--test-only"], stdin=script.encode())
    if done.status == 0:
        return Finding(what, good=True, said=line(done) or done.complaint[:300] or "would be taken")
    advice = "Name another account, partition, qos or time under defaults in the system's file."
    if gpus:
        advice = (
            f"It was asked for by {system.gpus.request}: in the system's file, gpus has request (gpus, gpus-per-node,"
            " gres, whole-nodes), types, partition and constraint."
        )
    return Finding(what, good=False, said=line(done), advice=advice)


async def _has_gpus(transport: Transport) -> bool:
    return "gpu" in (await transport.run(["sh", "-c", "sinfo -h -o %G"])).text
