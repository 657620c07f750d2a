"""Files from the other end, chosen by patterns, verified, and put in place in one step each."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pathspec

from maia_hub.hpc.ssh import words
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer import hashes, inventory, packs, ranges, rsyncs
from maia_hub.hpc.transfer.progress import Meter, Summary, Tell, silent
from maia_hub.hpc.transfer.send import persistently
from maia_hub.hpc.transfer.together import together
from maia_hub.hpc.transfer.tree import PART, Entry
from maia_hub.hpc.transport import Changed, ConnectionLost

_STREAMS = 3
_ARCHIVE = (
    'cd -- "$1" || exit 44; printf %s "$2"; '
    "tar -cf - --no-recursion --null --ignore-failed-read -T - 2>/dev/null; exit 0"
)


async def fetch(
    link: Link, root: str, local: Path, patterns: Sequence[str] = ("*",), *, tell: Tell = silent
) -> Summary:
    """Fetch what is in a folder at the other end and matches one of the patterns, which are as in .gitignore.

    What is here already, and the same, does not travel. Local files that are not there stay.

    Raises:
        NoSuchFile: there is no such folder.
        Changed: a file went on changing while it was fetched.
    """
    return await persistently(lambda: _once(link, root, local, patterns, tell))


async def _once(link: Link, root: str, local: Path, patterns: Sequence[str], tell: Tell) -> Summary:
    began = time.monotonic()
    there = await inventory.look(link, root)
    matching = chosen(there.entries, patterns)
    files = {path: entry for path, entry in matching.items() if entry.kind == "file"}
    await asyncio.to_thread(local.mkdir, parents=True, exist_ok=True)
    small = {path: entry for path, entry in files.items() if entry.size <= packs.SMALL}
    doubtful = {
        path: entry for path, entry in files.items() if path in small or _maybe_same(local / path, entry)
    }
    theirs = await inventory.hashes(link, root, [(path, entry.size) for path, entry in doubtful.items()])
    same = await asyncio.to_thread(_same, local, doubtful, theirs)
    needed = {path: entry for path, entry in matching.items() if entry.kind == "link" or path not in same}
    needed = {path: entry for path, entry in needed.items() if entry.kind != "folder"}
    size = sum(entry.size for entry in needed.values())
    meter = Meter(tell)
    meter.expect(len(needed), size)
    await _move(link, root, local, needed, theirs, meter)
    return Summary(
        files=len(files),
        bytes=sum(entry.size for entry in files.values()),
        files_moved=len(needed),
        bytes_moved=size,
        seconds=time.monotonic() - began,
    )


def chosen(entries: Mapping[str, Entry], patterns: Sequence[str]) -> dict[str, Entry]:
    """Return the files and links that match one of the patterns."""
    spec = pathspec.GitIgnoreSpec.from_lines(patterns)
    return {
        inventory.relative(path): entry
        for path, entry in entries.items()
        if entry.kind != "folder" and spec.match_file(path)
    }


def _maybe_same(path: Path, entry: Entry) -> bool:
    try:
        return path.is_file() and not path.is_symlink() and path.stat().st_size == entry.size
    except OSError:
        return False


def _same(local: Path, files: Mapping[str, Entry], theirs: Mapping[str, str]) -> set[str]:
    return {
        path
        for path, entry in files.items()
        if path in theirs
        and _maybe_same(local / path, entry)
        and hashes.of_file(local / path) == theirs[path]
    }


async def _move(
    link: Link,
    root: str,
    local: Path,
    needed: Mapping[str, Entry],
    theirs: Mapping[str, str],
    meter: Meter,
) -> None:
    left = packs.divide(item for item in needed.items() if item[1].size <= packs.SMALL)

    async def stream() -> None:
        for pack in left:
            data = await _archive(link, root, [path for path, _ in pack])
            await asyncio.to_thread(_place_pack, local, pack, data, theirs)
            await meter.add(sum(entry.size for _, entry in pack), files=len(pack))

    async def large() -> None:
        for path, entry in needed.items():
            if entry.size > packs.SMALL:
                await _large(link, root, local, path, entry, meter)

    await together([*(stream() for _ in range(_STREAMS)), large()])


async def _archive(link: Link, root: str, paths: Sequence[str]) -> bytes:
    listed = b"".join(words.encoded(f"./{path}") + b"\0" for path in paths)
    mark = f"maia-{secrets.token_hex(16)}"  # what comes before it a login script has written
    command = words.command(["sh", "-c", _ARCHIVE, "sh", words.path(root), mark])
    async with link.stream(command) as process:
        process.stdin.write(listed)
        process.stdin.write_eof()
        data = await process.stdout.read()
        await process.wait_closed()
        if process.exit_status is None:
            raise ConnectionLost("the connection was lost", started=True, advice="try again")
    _, begun, archive = data.partition(mark.encode())
    if not begun:
        raise Changed("the folder went away while it was fetched", given=root, advice="try again")
    return archive


def _place_pack(
    local: Path, pack: Sequence[tuple[str, Entry]], data: bytes, theirs: Mapping[str, str]
) -> None:
    found = packs.unpack(data)
    for path, entry in pack:
        if path not in found:
            raise Changed("a file went away while it was fetched", given=path, advice="try again")
        member, content = found[path]
        place = local / path
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.parent / f"{PART}{secrets.token_hex(8)}"
        try:
            if entry.kind == "link":
                os.symlink(member.linkname, temporary)
            else:
                if hashes.digest(content) != theirs.get(path):
                    raise Changed("a file changed while it was fetched", given=path, advice="try again")
                _write(temporary, content, entry)
            os.replace(temporary, place)
        finally:
            temporary.unlink(missing_ok=True)


def _write(path: Path, content: bytes, entry: Entry) -> None:
    path.write_bytes(content)
    path.chmod(entry.mode)
    os.utime(path, (entry.modified, entry.modified))


async def _large(link: Link, root: str, local: Path, path: str, entry: Entry, meter: Meter) -> None:
    place = local / path
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.parent / f"{PART}{ranges.part_name(path, entry.size, entry.modified)[:16]}"
    if not await _by_rsync(link, root, path, entry, part, place, meter):
        shutil.rmtree(part, ignore_errors=True)
        await _verified(link, root, path, entry, part, meter)
        _settle(part, entry, place)
    await meter.add(0, files=1)


async def _by_rsync(
    link: Link, root: str, path: str, entry: Entry, part: Path, place: Path, meter: Meter
) -> bool:
    """Fetch by rsync, into a folder of the file's own, if that is the way; tell whether it was."""
    if entry.size < rsyncs.WORTH or part.is_file() or not await rsyncs.is_faster(link):
        return False
    part.mkdir(mode=0o700, exist_ok=True)
    if not await rsyncs.fetch(link, root, path, part, meter):
        return False
    _settle(part / place.name, entry, place)
    part.rmdir()
    return True


async def _verified(link: Link, root: str, path: str, entry: Entry, part: Path, meter: Meter) -> None:
    digest = await ranges.fetch(link, root, path, entry, part, meter)
    if await asyncio.to_thread(hashes.of_file, part) != digest:
        part.unlink()
        raise Changed("a file changed while it was fetched", given=path, advice="try again")


def _settle(part: Path, entry: Entry, place: Path) -> None:
    """Give a file that is whole its final name."""
    if part.stat().st_size != entry.size:
        raise Changed("a file changed while it was fetched", given=str(place), advice="try again")
    part.chmod(entry.mode)
    os.utime(part, (entry.modified, entry.modified))
    os.replace(part, place)
