"""The helper that stays at the other end, see `porter`, as this end sees it; without a Python there is none."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncssh

from maia_hub.hpc import helper
from maia_hub.hpc.ssh import words
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer import hashes, inventory, packs, quick
from maia_hub.hpc.transfer.inventory import Inventory
from maia_hub.hpc.transfer.plan import Plan
from maia_hub.hpc.transfer.quick import Command
from maia_hub.hpc.transfer.tree import Entry
from maia_hub.hpc.transport import Completed, ConnectionLost, TimedOut

_TRAIT = "porter"
_WITHIN = 20.0
"""Seconds that it has to start in: login scripts come first."""
_GRACE = 30.0
"""Seconds beyond a command's own limit."""
_PROGRAM = base64.b64encode(Path(__file__).with_name("porter.py").read_bytes()).decode()
_LOOK = "it may have done its work: look before you try again"
_READS = "import base64, sys; exec(base64.b64decode(sys.argv[1]))"
# One line: the user's login shell may be any. What a login brings, jobs are to find.
_LOGIN = 'if command -v bash > /dev/null 2>&1; then exec bash -lc "$1" bash; fi; exec sh -lc "$1" sh'


class Porter:
    """One that answers; one request at a time."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        self._process = process
        self.busy = asyncio.Lock()
        self.dead = False

    async def ask(
        self, asked: Mapping[str, Any], data: bytes, timeout: float
    ) -> tuple[dict[str, Any], Completed]:
        """Have it do something; what it says, and what a command left behind.

        Raises:
            ConnectionLost: it may have been done all the same.
            TimedOut: so may it.
        """
        try:
            return await asyncio.wait_for(self._ask(asked, data), timeout + _GRACE)
        except asyncio.TimeoutError:
            raise TimedOut("that took too long", advice=_LOOK) from None
        except (OSError, EOFError, asyncssh.Error) as e:
            raise ConnectionLost("the connection was lost", started=True, advice="try again") from e

    async def _ask(self, asked: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], Completed]:
        self.dead = True  # until it has answered
        line = json.dumps({**asked, "size": len(data)}).encode()
        self._process.stdin.write(line + b"\n" + data)
        said: dict[str, Any] = json.loads(await self._process.stdout.readuntil(b"\n"))
        out = await self._process.stdout.readexactly(said["out"])
        errors = await self._process.stdout.readexactly(said["errors"])
        self.dead = False
        return said, Completed(said["status"], out, errors)

    def close(self) -> None:
        """Let go of it; what it has begun it ends."""
        self._process.close()


async def find(link: Link) -> Porter | None:
    """Return the connection's porter, started if there is none yet; None where there can be none, or it is busy."""
    if _TRAIT not in link.traits:
        link.traits[_TRAIT] = await _start(link)
    porter: Porter | None = link.traits[_TRAIT]
    if porter and porter.dead and not porter.busy.locked():
        porter.close()
        link.traits[_TRAIT] = None
    return porter if porter and not porter.dead and not porter.busy.locked() else None


async def _start(link: Link) -> Porter | None:
    mark = f"maia-{secrets.token_hex(16)}"
    inner = f"exec python3 -I -S -c {words.quoted(_READS)} {_PROGRAM} {mark}"
    command = f"exec sh -c {words.quoted(_LOGIN)} sh {words.quoted(inner)}"
    process = await link.resident(command)
    try:
        await asyncio.wait_for(process.stdout.readuntil(f"{mark}\n".encode()), _WITHIN)
    except (OSError, EOFError, asyncssh.Error, asyncio.TimeoutError):
        process.close()
        return None
    return Porter(process)


def _submission(command: Command) -> Mapping[str, Any] | None:
    """Return what the porter does itself, without a shell: a submission; None of any other command."""
    if list(command.argv[:3]) != ["sh", "-c", helper.SUBMIT]:
        return None
    _, folder, attempt, *start = command.argv[3:]
    env = dict(command.env)
    return {
        "folder": folder,
        "attempt": int(attempt),
        "code": env.pop("MAIA_CODE", ""),
        "end": f"{helper.END} {env.get('MAIA_TOKEN', '')}",
        "start": start,
        "env": env,
        "timeout": helper.SUBMIT_TIMEOUT,
    }


@dataclass(frozen=True)
class Load:
    """What one folder needs, as a porter takes it, with the bytes of its files, and what is there afterwards."""

    root: str
    words: Mapping[str, Any]
    data: bytes
    after: Inventory | None


def load(base: Path, root: str, plan: Plan, entries: Mapping[str, Entry], there: Inventory) -> Load:
    """Return what brings about a plan where the other end is as remembered."""
    files, contents, sums = [], [], dict(plan.kept)
    for path, entry, data in packs.contents(base, plan.small):
        digest = hashes.digest(data)
        if entry.kind == "file":
            sums[path] = (digest, len(data), entry.modified)
        files.append({**asdict(entry), "path": path, "size": len(data), "digest": digest})
        contents.append(data)
    after = quick.after(plan, entries, sums)
    nothing = plan.is_empty and after.sums == there.sums
    said = {
        "root": words.path(root),
        "token": secrets.token_hex(8),
        "before": packs.fingerprint(quick.tracked(there)),
        "files": files,
        "gone": plan.gone,
        "folders": plan.folders,
        "modes": plan.modes,
        "manifest": None if nothing else inventory.manifest(after.sums).decode(),
        "paths": "".join(f"./{path}\0" for path in quick.tracked(after)),
    }
    return Load(root, said, b"".join(contents), None if there.uneven.intersection(plan.kept) else after)


async def deliver(link: Link, porter: Porter, loads: Sequence[Load], command: Command) -> Completed:
    """Have folders brought up to date and then a command run; see `quick.deliver`."""
    for each in loads:
        link.remembered.pop(each.root, None)
    asked = {
        "parcels": [each.words for each in loads],
        "submit": _submission(command),
        "argv": list(command.argv),
        "env": dict(command.env),
        "timeout": command.timeout,
    }
    data = b"".join(each.data for each in loads) + command.stdin
    async with porter.busy:
        said, done = await porter.ask(asked, data, command.timeout)
    if "parcel" in said:
        raise quick.failed(said["status"], said["said"], loads[said["parcel"]].root)
    if done.status == 124:
        raise TimedOut(f"{command.argv[0]} took longer than {command.timeout:g} s", advice=_LOOK)
    for each in loads:
        quick.remember(link, each.root, each.after)
    return done
