"""What has to travel, or to go, for the other end to be like this one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer import hashes, inventory, packs
from maia_hub.hpc.transfer.inventory import Inventory, Sums
from maia_hub.hpc.transfer.tree import Entry


@dataclass
class Plan:
    """What has to be done for the other end to be like this one."""

    small: list[tuple[str, Entry]] = field(default_factory=list)
    large: list[tuple[str, Entry]] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    modes: list[tuple[str, int]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    kept: Sums = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that have to travel."""
        return sum(entry.size for _, entry in (*self.small, *self.large))

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to be done."""
        return not (self.small or self.large or self.folders or self.modes or self.gone)


async def made(link: Link, base: Path, root: str, entries: Mapping[str, Entry], there: Inventory) -> Plan:
    """Compare what is here with what is there."""
    plan = Plan()
    unsure = []
    for path, entry in entries.items():
        other = there.entries.get(path)
        if entry.kind == "folder":
            if not other or other.kind == "file":
                plan.folders.append(path)
        elif entry.kind == "link":
            if not other or (other.kind, other.target) != ("link", entry.target):
                plan.small.append((path, entry))
        elif other and other.kind == "file" and other.size == entry.size:
            unsure.append((path, entry, other))
        else:
            _add(plan, path, entry)
    await _compare(link, base, root, plan, there, unsure)
    plan.gone = [path for path in there.sums if path not in entries and there.vouched(path)]
    _make_room(plan, there)
    return plan


def _make_room(plan: Plan, there: Inventory) -> None:
    """Let go of a file or link in whose place a folder comes."""
    for path in plan.folders:
        if path in there.entries and there.entries[path].kind != "folder" and path not in plan.gone:
            plan.gone.append(path)


async def _compare(
    link: Link,
    base: Path,
    root: str,
    plan: Plan,
    there: Inventory,
    unsure: Iterable[tuple[str, Entry, Entry]],
) -> None:
    """Decide on files of the same size by their hashes; the other end hashes those that nothing vouches for."""
    doubtful = [(path, other.size) for path, _, other in unsure if not there.vouched(path)]
    theirs = await inventory.hashes(link, root, doubtful) if doubtful else {}
    ours = await asyncio.to_thread(lambda: {path: hashes.of_file(base / path) for path, _, _ in unsure})
    for path, entry, other in unsure:
        if ours[path] == (there.vouched(path) or theirs.get(path)):
            plan.kept[path] = (ours[path], other.size, other.modified)
            if entry.mode != other.mode:
                plan.modes.append((path, entry.mode))
        else:
            _add(plan, path, entry)


def _add(plan: Plan, path: str, entry: Entry) -> None:
    (plan.small if entry.size <= packs.SMALL else plan.large).append((path, entry))
