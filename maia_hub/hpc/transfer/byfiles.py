"""Folders by sftp alone, in one session of one connection: for endpoints without a shell, whose code signs in once.

Nothing is hashed at the other end. What the manifest there vouches for, by size and time, does not travel, nor does
what is here with the same size and time; the rest does. A large file goes on at the block where it was cut.
"""

from __future__ import annotations

import asyncio
import os
import posixpath
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import asyncssh

from maia_hub.hpc.ssh import remotefiles
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.remotefiles import name
from maia_hub.hpc.transfer import hashes, inventory, tree
from maia_hub.hpc.transfer.fetch import chosen
from maia_hub.hpc.transfer.hashes import BLOCK
from maia_hub.hpc.transfer.inventory import Inventory
from maia_hub.hpc.transfer.progress import Meter, Summary, Tell, silent
from maia_hub.hpc.transfer.send import persistently
from maia_hub.hpc.transfer.together import together
from maia_hub.hpc.transfer.tree import OWN, PART, Entry
from maia_hub.hpc.transport import NoSuchFile

_PIECE = 128 << 10
_AT_ONCE = 8
"""Files on their way at a time."""
_Work = Callable[[str, Entry], Awaitable[None]]


async def send(
    link: Link, local: Path, root: str, *, ignore: Sequence[str] = (), tell: Tell = silent
) -> Summary:
    """Make a folder there like the local one; see `maia_hub.hpc.transfer.send`."""
    return await persistently(lambda: _send(link, local, root, ignore, tell))


async def fetch(
    link: Link, root: str, local: Path, patterns: Sequence[str] = ("*",), *, tell: Tell = silent
) -> Summary:
    """Fetch what matches one of the patterns; see `maia_hub.hpc.transfer.fetch`."""
    return await persistently(lambda: _fetch(link, root, local, patterns, tell))


async def _send(link: Link, local: Path, root: str, ignore: Sequence[str], tell: Tell) -> Summary:
    began = time.monotonic()
    entries = await asyncio.to_thread(tree.scan, local, ignore)
    base, meter = tree.base(local), Meter(tell)
    async with link.session() as session:
        with remotefiles.told(root, writing=True):
            await remotefiles.mkdir(session, posixpath.join(root, OWN), 0o700)
            there = await _look(session, root)
            needed = await asyncio.to_thread(_needed, base, entries, there)
            gone = [path for path in there.sums if path not in entries and there.vouched(path)]
            sums = {path: there.sums[path] for path in entries if path not in needed and path in there.sums}
            size = sum(entry.size for entry in needed.values())
            meter.expect(len(needed), size)
            for path in gone:
                await session.remove(name(posixpath.join(root, path)))
            await _folders(session, root, entries, there)

            async def one(path: str, entry: Entry) -> None:
                if entry.kind == "link":
                    await _link(session, posixpath.join(root, path), entry.target)
                else:
                    sums[path] = await _upload(session, base / path, root, path, entry, meter)
                await meter.add(0, files=1)

            try:
                await _each(needed, one)
            finally:
                if sums != there.sums:
                    with suppress(OSError, asyncssh.Error):
                        manifest = inventory.manifest(sums)
                        await remotefiles.write(
                            session, posixpath.join(root, OWN, "manifest"), manifest, 0o600
                        )
    return _summary(entries, needed, began, len(gone))


async def _fetch(link: Link, root: str, local: Path, patterns: Sequence[str], tell: Tell) -> Summary:
    began = time.monotonic()
    async with link.session() as session:
        with remotefiles.told(root):
            if not await session.isdir(name(root)):
                raise NoSuchFile("there is no such folder", given=root)
            entries = chosen((await _look(session, root)).entries, patterns)
            needed = {path: entry for path, entry in entries.items() if not _same(local / path, entry)}
            meter = Meter(tell)
            meter.expect(len(needed), sum(entry.size for entry in needed.values()))

            async def one(path: str, entry: Entry) -> None:
                await _download(session, posixpath.join(root, path), local / path, entry, meter)
                await meter.add(0, files=1)

            await _each(needed, one)
    return _summary(entries, needed, began)


def _summary(
    entries: Mapping[str, Entry], needed: Mapping[str, Entry], began: float, gone: int = 0
) -> Summary:
    files = [entry for entry in entries.values() if entry.kind != "folder"]
    return Summary(
        files=len(files),
        bytes=sum(entry.size for entry in files),
        files_moved=len(needed),
        bytes_moved=sum(entry.size for entry in needed.values()),
        removed=gone,
        seconds=time.monotonic() - began,
    )


async def _look(session: asyncssh.SFTPClient, root: str) -> Inventory:
    """Return what a folder holds, folder by folder, and what is noted of it."""
    found = Inventory()
    with suppress(asyncssh.SFTPNoSuchFile):
        found.sums = inventory.noted(
            await remotefiles.read(session, posixpath.join(root, OWN, "manifest"), 0, None)
        )
    left = [""]
    while left:
        folder = left.pop()
        for each, known in (await remotefiles.listing(session, posixpath.join(root, folder))).items():
            path = posixpath.join(folder, each)
            if path == OWN:
                continue
            if known.is_folder:
                found.entries[path] = Entry("folder", mode=known.mode & 0o777)
                left.append(path)
            elif known.is_link:
                target = await session.readlink(name(posixpath.join(root, path)))
                found.entries[path] = Entry("link", target=os.fsdecode(target))
            else:
                found.entries[path] = Entry("file", known.size, int(known.modified), known.mode & 0o777)
    return found


def _needed(base: Path, entries: Mapping[str, Entry], there: Inventory) -> dict[str, Entry]:
    """Return the files and links that have to travel."""
    needed = {}
    for path, entry in entries.items():
        if entry.kind == "folder":
            continue
        other = there.entries.get(path)
        if other is None or entry.kind == "link":
            is_same = other == entry
        else:
            is_same = other.mode == entry.mode and there.vouched(path) == hashes.of_file(base / path)
        if not is_same:
            needed[path] = entry
    return needed


async def _folders(
    session: asyncssh.SFTPClient, root: str, entries: Mapping[str, Entry], there: Inventory
) -> None:
    for path, entry in entries.items():
        if entry.kind == "folder" and path not in there.entries:
            await session.mkdir(name(posixpath.join(root, path)), asyncssh.SFTPAttrs(permissions=entry.mode))


async def _link(session: asyncssh.SFTPClient, path: str, target: str) -> None:
    with suppress(asyncssh.SFTPNoSuchFile):
        await session.remove(name(path))
    await session.symlink(name(target), name(path))


async def _upload(
    session: asyncssh.SFTPClient, source: Path, root: str, path: str, entry: Entry, meter: Meter
) -> tuple[str, int, int]:
    """Send one file beside its place, named by its content, and put it there when it is whole."""
    digest = await asyncio.to_thread(hashes.of_file, source)
    part = name(posixpath.join(root, OWN, f"part-{digest[:40]}-{hashes.digest(os.fsencode(path))[:8]}"))
    flags = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT
    async with await session.open(part, flags, asyncssh.SFTPAttrs(permissions=0o600), encoding=None) as file:
        arrived = (await file.stat()).size or 0
        # Within the last block that was begun pieces may be missing.
        start = max(0, -(-min(arrived, entry.size) // BLOCK) - 1) * BLOCK
        await meter.add(start)
        for at in range(start, entry.size, BLOCK):
            data = await asyncio.to_thread(_block, source, at)
            pieces = range(0, len(data), _PIECE)
            await asyncio.gather(*(file.write(data[n : n + _PIECE], at + n) for n in pieces))
            await meter.add(len(data))
        known = asyncssh.SFTPAttrs(permissions=entry.mode, atime=entry.modified, mtime=entry.modified)
        await file.setstat(known)
        size = (await file.stat()).size or 0
    await session.posix_rename(part, name(posixpath.join(root, path)))
    return digest, size, entry.modified


def _block(path: Path, at: int) -> bytes:
    with path.open("rb") as file:
        file.seek(at)
        return file.read(BLOCK)


def _same(path: Path, entry: Entry) -> bool:
    try:
        known = path.lstat()
    except OSError:
        return False
    return entry.kind == "file" and (known.st_size, int(known.st_mtime)) == (entry.size, entry.modified)


async def _download(
    session: asyncssh.SFTPClient, there: str, place: Path, entry: Entry, meter: Meter
) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.parent / f"{PART}{hashes.digest(os.fsencode(there))[:16]}"
    try:
        if entry.kind == "link":
            part.unlink(missing_ok=True)
            part.symlink_to(entry.target)
        else:
            await session.get(name(there), os.fsencode(part))
            await meter.add(entry.size)
            part.chmod(entry.mode)
            os.utime(part, (entry.modified, entry.modified))
        os.replace(part, place)
    finally:
        part.unlink(missing_ok=True)


async def _each(files: Mapping[str, Entry], work: _Work) -> None:
    """Do something with all files, a few at a time."""
    left: Iterable[tuple[str, Entry]] = iter(files.items())

    async def some() -> None:
        for path, entry in left:
            await work(path, entry)

    await together([some() for _ in range(_AT_ONCE)])
