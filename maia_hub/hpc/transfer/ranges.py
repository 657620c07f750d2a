"""Large files block by block over several sftp sessions; blocks that are there already do not travel."""

from __future__ import annotations

import asyncio
import os
import posixpath
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import asyncssh

from maia_hub.hpc.ssh import remotefiles, words
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer import hashes, inventory, rsyncs
from maia_hub.hpc.transfer.hashes import BLOCK
from maia_hub.hpc.transfer.progress import Meter
from maia_hub.hpc.transfer.together import together
from maia_hub.hpc.transfer.tree import OWN, Entry
from maia_hub.hpc.transport import Changed, ConnectionLost, NoSuchFile

SESSIONS = 4
_PIECE = 256 << 10
"""Bytes in one request at the most; a server that takes less says so."""
_WORTH = 4 * BLOCK
"""From this size on, an older version at the other end is worth a look for blocks that stayed."""
_SEED = 'cd -- "$1" || exit 44; cp --reflink=auto -- "$2" "$3"'
_PLACE = (
    'cd -- "$1" || exit 44; [ -z "$3" ] || printf "%s  %s\\n" "$3" "$2" | sha256sum -c --quiet - || exit 45; '
    'chmod -- "$4" "$2" && '
    'touch -d "@$5" -- "$2" && mkdir -p -- "$(dirname -- "$6")" && mv -f -T -- "$2" "$6"'
)
_Move = Callable[[asyncssh.SFTPClientFile, int, int, int], Awaitable[None]]


async def send(
    link: Link, local: Path, root: str, path: str, old: Entry | None, meter: Meter
) -> tuple[str, int, int]:
    """Send one large file; return the hash, size and time of what is there now.

    It comes to a file of its own, which gets its final name only when the whole has been found right there: by rsync's
    own checksum, or by ours.
    """
    known = local.stat()
    part = f"{OWN}/part-{part_name(path, known.st_size, known.st_mtime_ns)}"
    digest = asyncio.create_task(asyncio.to_thread(hashes.of_file, local))
    by_rsync = known.st_size >= rsyncs.WORTH and not _seeds(old) and await rsyncs.is_faster(link)
    try:
        by_rsync = by_rsync and await rsyncs.send(link, local, root, part, meter)
        if not by_rsync:
            await _by_blocks(link, local, root, path, part, old, meter)
        now, found = local.stat(), await digest
    finally:
        digest.cancel()
    if (now.st_size, now.st_mtime_ns) != (known.st_size, known.st_mtime_ns):
        raise Changed("the file changed while it was sent", given=path, advice="try again")
    modified = int(known.st_mtime)
    last = (f"{known.st_mode & 0o777:o}", str(modified), f"./{path}")
    await _place(link, root, part, "" if by_rsync else found, last, known.st_size)
    await meter.add(0, files=1)
    return found, known.st_size, modified


def part_name(path: str, size: int, modified: int) -> str:
    """Return what a file is called on its way: another one, or another version of it, is called otherwise."""
    return hashes.digest(words.encoded(f"{path}\0{size}\0{modified}"))[:40]


def _seeds(old: Entry | None) -> bool:
    return old is not None and old.kind == "file" and old.size >= _WORTH


async def _by_blocks(
    link: Link, local: Path, root: str, path: str, part: str, old: Entry | None, meter: Meter
) -> None:
    """Send the blocks that the other end has not yet."""
    known = local.stat()
    theirs = await _started(link, root, part, path, old)
    ours = await asyncio.to_thread(hashes.blocks, local) if theirs else []
    count = -(-known.st_size // BLOCK)
    missing = [n for n in range(count) if n >= min(len(theirs), len(ours)) or theirs[n] != ours[n]]
    await meter.add(known.st_size - _size(missing, known.st_size))
    descriptor = os.open(local, os.O_RDONLY)
    try:

        async def move(file: asyncssh.SFTPClientFile, offset: int, size: int, piece: int) -> None:
            data = await asyncio.to_thread(os.pread, descriptor, size, offset)
            await _all(file.write(data[at : at + piece], offset + at) for at in range(0, len(data), piece))
            await meter.add(len(data))

        name = posixpath.join(root, part)
        await _blocks(link, name, missing, known.st_size, move, writing=True)
    finally:
        os.close(descriptor)


async def fetch(link: Link, root: str, path: str, entry: Entry, part: Path, meter: Meter) -> str:
    """Fetch one large file into a local part; return the hash that it has at the other end."""
    remote = posixpath.join(root, path)
    missing = list(range(-(-entry.size // BLOCK)))
    if part.exists():
        theirs = await inventory.block_hashes(link, remote, entry.size, BLOCK)
        ours = await asyncio.to_thread(hashes.blocks, part)
        missing = [n for n in missing if n >= min(len(ours), len(theirs)) or ours[n] != theirs[n]]
    await meter.add(entry.size - _size(missing, entry.size))
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(descriptor, entry.size)

        async def move(file: asyncssh.SFTPClientFile, offset: int, size: int, piece: int) -> None:
            ends = offset + size
            pieces = await _all(file.read(min(piece, ends - at), at) for at in range(offset, ends, piece))
            data = b"".join(cast("list[bytes]", pieces))
            await asyncio.to_thread(os.pwrite, descriptor, data, offset)
            await meter.add(len(data))

        found, _ = await asyncio.gather(
            inventory.hashes(link, root, [(path, entry.size)]),
            _blocks(link, remote, missing, entry.size, move, writing=False),
        )
    finally:
        os.close(descriptor)
    if path not in found:
        raise NoSuchFile("the file cannot be read any more", given=remote)
    return found[path]


async def _started(link: Link, root: str, part: str, path: str, old: Entry | None) -> list[str]:
    """Return the hashes of the blocks that are at the other end already: from last time, or in the older version."""
    name = posixpath.join(root, part)
    try:
        size = (await link.stat(name)).size
    except NoSuchFile:
        if old is None or not _seeds(old):
            return []
        await inventory.checked(link, _SEED, root, f"./{path}", part)
        size = old.size
    return await inventory.block_hashes(link, name, size, BLOCK) if size else []


async def _place(
    link: Link, root: str, part: str, digest: str, last: tuple[str, str, str], size: int
) -> None:
    """Have the other end verify the whole, unless its digest is empty, and give it its final name."""
    limit = 600 + size / 20e6
    command = ["sh", "-c", _PLACE, "sh", words.path(root), part, digest, *last]
    done = await link.run(command, env={"LC_ALL": "C"}, timeout=limit)
    if done.status == 45:
        await link.remove(posixpath.join(root, part))
        raise Changed("the file is not the same at the other end", given=last[2], advice="try again")
    if done.status:
        raise inventory.failed(done.complaint)


async def _blocks(
    link: Link, name: str, numbers: list[int], whole: int, move: _Move, *, writing: bool
) -> None:
    """Move blocks over several sessions at once."""
    left = iter(numbers)
    count = min(SESSIONS, max(len(numbers), 1))
    await together([_some(link, name, left, whole, move, writing) for _ in range(count)])


async def _some(link: Link, name: str, left: Iterable[int], whole: int, move: _Move, writing: bool) -> None:
    async with _opened(link, name, writing=writing) as (file, piece):
        if writing:
            await file.setstat(asyncssh.SFTPAttrs(size=whole))
        for number in left:
            await move(file, number * BLOCK, min(BLOCK, whole - number * BLOCK), piece)


@asynccontextmanager
async def _opened(
    link: Link, name: str, *, writing: bool
) -> AsyncIterator[tuple[asyncssh.SFTPClientFile, int]]:
    """Open a file in a session of its own; with it comes how much one request may ask for."""
    flags = asyncssh.FXF_READ if not writing else asyncssh.FXF_READ | asyncssh.FXF_WRITE | asyncssh.FXF_CREAT
    async with link.session() as session:
        with remotefiles.told(name, writing=writing):
            file = await session.open(
                remotefiles.name(name),
                flags,
                asyncssh.SFTPAttrs(permissions=0o600),
                encoding=None,
                block_size=0,
            )
            try:
                yield file, min(_PIECE, session.limits.max_write_len, session.limits.max_read_len)
            except asyncssh.SFTPBadMessage as e:
                raise ConnectionLost("the connection was lost", started=True) from e
            await file.close()


async def _all(requests: Iterable[Coroutine[Any, Any, object]]) -> list[object]:
    """Have all requests on their way at once; the first error counts, and none is left alone with its own."""
    done = await asyncio.gather(*requests, return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException):
            raise each
    return done


def _size(numbers: Iterable[int], whole: int) -> int:
    return sum(min(BLOCK, whole - number * BLOCK) for number in numbers)
