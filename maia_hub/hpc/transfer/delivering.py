"""Folders that are known at the other end, brought up to date together with a command, in one exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer import plan as plans
from maia_hub.hpc.transfer import porters, quick, tree
from maia_hub.hpc.transfer.folders import Folder
from maia_hub.hpc.transfer.inventory import Inventory
from maia_hub.hpc.transfer.plan import Plan
from maia_hub.hpc.transfer.quick import Command
from maia_hub.hpc.transfer.tree import Entry
from maia_hub.hpc.transport import Completed

_Planned = tuple[Path, str, Plan, Mapping[str, Entry], Inventory]


async def deliver(link: Link, folders: Sequence[Folder], command: Command) -> Completed | None:
    """Bring folders up to date, then run a command; None if that is not so little, and the command was not run."""
    planned = []
    for each in folders:
        found = await _planned(link, each)
        if found is None:
            return None
        planned.append(found)
    try:
        if porter := await porters.find(link):
            loads = [await asyncio.to_thread(porters.load, *each) for each in planned]
            return await porters.deliver(link, porter, loads, command)
        parcels = [await quick.parcel(*each, known=True) for each in planned]
        return await quick.deliver(link, parcels, command)
    except quick.Stale:
        return None


async def _planned(link: Link, folder: Folder) -> _Planned | None:
    known = link.remembered.get(folder.root)
    if known is None:
        return None
    entries = await asyncio.to_thread(tree.scan, folder.local, folder.ignore)
    base = tree.base(folder.local)
    plan = await plans.made(link, base, folder.root, entries, known)
    return (base, folder.root, plan, entries, known) if quick.fits(plan, len(entries)) else None
