"""Whether what is assumed of a system holds, asked of the system itself, and how to mend what does not."""

from __future__ import annotations

import time

from maia_hub.core.errors import MaiaError
from maia_hub.hpc import checkingslurm
from maia_hub.hpc.findings import Finding, Question, asked, line, sentence
from maia_hub.hpc.systems import Endpoint, System
from maia_hub.hpc.transport import Transport, TransportError

_FOLDER = Question(
    "run folder",
    'mkdir -p -- "$1" && cd -- "$1" && : > .check && rm .check && pwd && df -Ph . | tail -n 1',
    "Name a folder that you may write to as work in the system's file.",
)
_QUOTA = """
cd -- "$1" 2> /dev/null || exit 44
if command -v lfs > /dev/null 2>&1 && lfs quota -q -u "$(id -un)" . 2> /dev/null; then exit 0; fi
command -v quota > /dev/null 2>&1 || exit 44
quota -w -p 2> /dev/null | tail -n +3
"""
_SSH = "See whether ssh gets you there."
_SFTP = "See whether sftp gets you there, and mend transfer and its paths in the system's file."
_CLOCK = 60.0
"""Seconds between two clocks that nobody minds."""


async def check(
    system: System, transport: Transport, files: tuple[Transport, str] | None = None
) -> list[Finding]:
    """Ask a system; the first finding that is not good may be the cause of those after it.

    ``files`` is the endpoint for transfer, where the system has one of its own, and its name of the run folder.
    """
    try:
        login = await transport.run(["sh", "-c", "id -un; uname -n"])
    except TransportError as e:
        return [
            Finding("login", good=False, said=sentence(e.message), advice=_way_in(system.control, e, _SSH))
        ]
    findings = [Finding("login", good=True, said=" on ".join(login.text.split()))]
    findings += await _address(system, transport)
    findings += [await _clock(transport), await asked(transport, _FOLDER, system.work)]
    findings += await _quota(system, transport)
    if files is not None:
        findings.append(await _transfer(system, *files))
    if system.scheduler == "slurm":
        findings += await checkingslurm.check(system, transport)
    if system.container is not None and system.container.runtime != "pyxis":
        findings.append(await _runtime(system, transport))
    return findings


def _way_in(endpoint: Endpoint | None, error: MaiaError, otherwise: str) -> str:
    """Say how one may get in, ``otherwise`` where the error does not know."""
    advice = error.advice or otherwise
    said = sentence(advice[0].upper() + advice[1:])
    if endpoint is not None and endpoint.from_address:
        said += " Keys there hold for some addresses and for a time: see in its portal whether yours is one of them."
    return said


async def _address(system: System, transport: Transport) -> list[Finding]:
    """Tell the address that one comes from, as it is seen there: keys may be tied to it."""
    seen = (await transport.run(["sh", "-c", 'printf %s "${SSH_CONNECTION%% *}"'])).text
    if not seen:
        return []
    tied = system.control is not None and system.control.from_address
    return [Finding("address", good=True, said=f"{seen}; keys are tied to it" if tied else seen)]


async def _clock(transport: Transport) -> Finding:
    """Compare clocks; nothing rests on their being the same, but times there read otherwise."""
    began = time.time()
    there = (await transport.run(["date", "+%s"])).text.strip()
    apart = float(there) - (began + time.time()) / 2 if there.isdigit() else 0.0
    said = (
        "as here"
        if abs(apart) < _CLOCK
        else f"{abs(apart):.0f} s {'before' if apart > 0 else 'behind'} this one"
    )
    return Finding("clock", good=True, said=said)


async def _quota(system: System, transport: Transport) -> list[Finding]:
    """Tell the quota where its common tools do; what is over it has a star."""
    done = await transport.run(["sh", "-c", _QUOTA, "maia-check", system.work])
    said = line(done)
    if done.status or not said:
        return []
    over = "*" in said
    advice = "Remove what is no longer needed, or ask for more: jobs and transfers fail on a full quota."
    return [Finding("quota", not over, said, advice if over else "")]


async def _transfer(system: System, files: Transport, path: str) -> Finding:
    """See whether the endpoint for transfer is reached, and has the run folder."""
    try:
        await files.stat(path)
    except MaiaError as e:
        said = sentence(f"{path}: {e.message}")
        return Finding("transfer", good=False, said=said, advice=_way_in(system.transfer, e, _SFTP))
    return Finding("transfer", good=True, said=f"{system.files and system.files.host}: {path}")


async def _runtime(system: System, transport: Transport) -> Finding:
    assert system.container is not None
    name = system.container.runtime
    done = await transport.run(["sh", "-c", '"$1" --version', "maia-check", name])
    if done.status == 0 or not system.container.modules:
        advice = f"Name the modules that bring {name} under container in the system's file."
        return Finding("container", done.status == 0, line(done), "" if done.status == 0 else advice)
    modules = ", ".join(system.container.modules)
    return Finding("container", good=True, said=f"{name} by the modules {modules}, which were not tried")
