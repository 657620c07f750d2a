"""Small changes in one exchange with the shell that is open: no channel, no login script, no round trip beyond it.

What a transfer left at the other end is remembered as long as the connection lasts. The exchange begins by looking
whether the files there are still so, by mode, size and time; if not, nothing is done, and who asked looks anew.
"""

from __future__ import annotations

import asyncio
import posixpath
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from maia_hub.hpc.ssh import words
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer import inventory, packs
from maia_hub.hpc.transfer.inventory import Inventory
from maia_hub.hpc.transfer.plan import Plan
from maia_hub.hpc.transfer.tree import OWN, Entry
from maia_hub.hpc.transport import Completed

MOST_BYTES = 1 << 20
"""Bytes that the one shell is kept from others for."""
MOST_PATHS = 500
MOST_FILES = 5000
"""Files in a folder whose list travels with each change."""
_WITHIN = 600.0
_FOLDERS = 64
"""So many are remembered."""
_PARCEL = 47
"""The status of a delivery of which a parcel was not taken; it says which, and why."""


class Stale(Exception):
    """The other end is not as it was left."""


def fits(plan: Plan, files: int) -> bool:
    """Tell whether a plan is small enough."""
    paths = len(plan.small) + len(plan.folders) + len(plan.gone) + len(plan.modes)
    return not plan.large and plan.size <= MOST_BYTES and paths <= MOST_PATHS and files <= MOST_FILES


@dataclass(frozen=True)
class Parcel:
    """What one folder needs: the words and the input of UNPACK_IF, and what is there afterwards."""

    root: str
    words: tuple[str, ...]
    data: bytes
    after: Inventory | None
    """None: what will be there cannot be told from here, and is not remembered."""


@dataclass(frozen=True)
class Command:
    """A program with its input and further environment."""

    argv: Sequence[str]
    stdin: bytes = b""
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = _WITHIN


async def parcel(
    base: Path, root: str, plan: Plan, entries: Mapping[str, Entry], there: Inventory, *, known: bool
) -> Parcel:
    """Return what brings about a plan; ``known`` tells that what is there was remembered, not seen."""
    then, data = await asyncio.to_thread(_packed, base, plan, entries, there, known)
    before = packs.fingerprint(tracked(there)) if known else ""
    words_ = (words.path(root), secrets.token_hex(8), before, "pack" if data else "")
    return Parcel(root, words_, data, None if there.uneven.intersection(plan.kept) else then)


async def apply(link: Link, sent: Parcel) -> None:
    """Do what a parcel is for.

    Raises:
        Stale: the other end is not as remembered, and nothing was done.
    """
    # While it is on its way nothing is known for certain: it is remembered again when it has arrived.
    link.remembered.pop(sent.root, None)
    done = await link.run(
        ["sh", "-c", packs.UNPACK_IF, "sh", *sent.words],
        stdin=sent.data,
        env={"LC_ALL": "C"},
        timeout=_WITHIN,
    )
    if done.status:
        raise failed(done.status, done.complaint, sent.root)
    remember(link, sent.root, sent.after)


async def deliver(link: Link, parcels: Sequence[Parcel], command: Command) -> Completed:
    """Do what parcels are for and then run a command, all in one exchange; the command only if all went well.

    Raises:
        Stale: one of the folders is not as remembered, and the command was not run.
    """
    for each in parcels:
        link.remembered.pop(each.root, None)
    script, data = _in_turn(parcels)
    done = await link.run(
        ["sh", "-c", script, "sh", *command.argv],
        stdin=data + command.stdin,
        env=command.env,
        timeout=command.timeout,
    )
    first, _, rest = done.text.partition(" ")
    if done.status == _PARCEL and first == "parcel":
        number, _, status = rest.strip().partition(" ")
        raise failed(int(status), done.complaint, parcels[int(number)].root)
    for each in parcels:
        remember(link, each.root, each.after)
    return done


def _in_turn(parcels: Sequence[Parcel]) -> tuple[str, bytes]:
    """Return a script that takes parcels from its input and then becomes the command it is given, and that input."""
    lines = [f"take() {{ {packs.UNPACK_IF}; }}"]
    for number, each in enumerate(parcels):
        arguments = " ".join(map(words.quoted, each.words))
        source = f"head -c {len(each.data)} | " if each.data else ""
        taken = f"( export LC_ALL=C; take {arguments} ) >&2" + ("" if each.data else " < /dev/null")
        lines.append(f'{source}{taken} || {{ echo "parcel {number} $?"; exit {_PARCEL}; }}')
    return "\n".join([*lines, 'exec "$@"']), b"".join(each.data for each in parcels)


def remember(link: Link, root: str, then: Inventory | None) -> None:
    """Remember what is there now, if that is known."""
    if then is not None:
        link.remembered[root] = then
    while len(link.remembered) > _FOLDERS:
        link.remembered.pop(next(iter(link.remembered)))


def failed(status: int, complaint: str, root: str) -> Exception:
    """Return what the status of a parcel means that was not taken."""
    if status in {packs.GONE, packs.STALE}:
        return Stale(root)
    return inventory.failed(complaint or f"status {status}")


def _packed(
    base: Path, plan: Plan, entries: Mapping[str, Entry], there: Inventory, known: bool
) -> tuple[Inventory, bytes]:
    """Return what will be there, and the archive that brings it about; empty if all is there and noted."""
    archive = packs.Archive()
    archive.add(base, plan.small)
    then = after(plan, entries, {**plan.kept, **archive.sums})
    if known and plan.is_empty and then.sums == there.sums:
        return then, b""
    archive.beside("manifest", inventory.manifest(then.sums))
    archive.beside("paths", words.encoded("".join(f"./{path}\0" for path in tracked(then))))
    lines = packs.each_of("rm -f --", [_name(path) for path in plan.gone])
    lines += packs.each_of("mkdir -p --", [_name(path) for path in plan.folders])
    modes = [f"chmod -- {mode:o} {_name(path)} || exit" for path, mode in plan.modes]
    last = f'mv -f -- "$t/manifest" "$t/paths" {OWN}/ || exit'
    script = "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")
    script += packs.placing(archive.present, make=False)
    script += "".join(f"{line}\n" for line in (*modes, last)).encode(errors="surrogateescape")
    archive.beside("place", script)
    return then, archive.data()


def after(plan: Plan, entries: Mapping[str, Entry], sums: inventory.Sums) -> Inventory:
    """Return what will be there when a plan is done and these files have arrived."""
    found = Inventory(sums=sums)
    for path, entry in entries.items():
        if entry.kind != "file":
            found.entries[path] = entry
        elif path in sums:
            found.entries[path] = replace(entry, size=sums[path][1], modified=sums[path][2])
    return found


def tracked(there: Inventory) -> dict[str, Entry]:
    """Return the files that came from here, in order."""
    return {path: there.entries[path] for path in sorted(there.sums) if path in there.entries}


def _name(path: str) -> str:
    return words.quoted(posixpath.join(".", path))
