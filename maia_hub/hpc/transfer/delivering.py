"""Folders that are known at the other end, brought up to date together with a command, in one exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer import plan as plans
from maia_hub.hpc.transfer import quick, tree
from maia_hub.hpc.transfer.quick import Command, Parcel
from maia_hub.hpc.transport import Completed


@dataclass(frozen=True)
class Folder:
    """A folder here, what it is called there, and what of it is left out."""

    local: Path
    root: str
    ignore: Sequence[str] = ()


async def deliver(link: Link, folders: Sequence[Folder], command: Command) -> Completed | None:
    """Bring folders up to date, then run a command; None if that is not so little, and the command was not run."""
    parcels = []
    for each in folders:
        found = await _parcel(link, each)
        if found is None:
            return None
        parcels.append(found)
    try:
        return await quick.deliver(link, parcels, command)
    except quick.Stale:
        return None


async def _parcel(link: Link, folder: Folder) -> Parcel | None:
    known = link.remembered.get(folder.root)
    if known is None:
        return None
    entries = await asyncio.to_thread(tree.scan, folder.local, folder.ignore)
    base = tree.base(folder.local)
    plan = await plans.made(link, base, folder.root, entries, known)
    if not quick.fits(plan, len(entries)):
        return None
    return await quick.parcel(base, folder.root, plan, entries, known, known=True)
