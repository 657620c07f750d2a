"""A folder to the other end: what is the same there already stays, what is gone here goes there, too."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any

import tenacity

from maia_hub.hpc.ssh import words
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer import inventory, packs, quick, ranges, tree
from maia_hub.hpc.transfer import plan as plans
from maia_hub.hpc.transfer.inventory import Inventory, Sums
from maia_hub.hpc.transfer.plan import Plan
from maia_hub.hpc.transfer.progress import Meter, Summary, Tell, silent
from maia_hub.hpc.transfer.together import together
from maia_hub.hpc.transport import Changed, ConnectionLost, TransportError

_STREAMS = 3
_CHUNK = 1 << 18
_ATTEMPTS = 6
_REMOVE = 'cd -- "$1" && xargs -0 -r rm -f --'
_MODES = 'cd -- "$1" && xargs -0 -r -n 2 chmod --'
_FOLDERS = 'cd -- "$1" && xargs -0 -r mkdir -p --'


async def send(
    link: Link, local: Path, root: str, *, ignore: Sequence[str] = (), tell: Tell = silent
) -> Summary:
    """Make the folder ``root`` at the other end like the local one; what others put there stays.

    A lost connection is opened again, as long as nobody is needed for that, and what has arrived is not sent twice;
    after an error the next call goes on in the same way.

    Raises:
        NoSpace: the disk or the quota there is full.
        Changed: a file changed while it was sent, twice.
    """
    return await persistently(lambda: _once(link, local, root, ignore, tell))


async def persistently(work: Callable[[], Coroutine[Any, Any, Summary]]) -> Summary:
    """Do it again when the connection is lost on the way."""
    retrying = tenacity.AsyncRetrying(
        stop=tenacity.stop_after_attempt(_ATTEMPTS),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=5),
        retry=tenacity.retry_if_exception_type((ConnectionLost, Changed)),
        reraise=True,
    )

    async def attempt() -> Summary:  # a plain function that returns an awaitable would not be waited for
        return await work()

    return await retrying(attempt)


async def _once(link: Link, local: Path, root: str, ignore: Sequence[str], tell: Tell) -> Summary:
    began = time.monotonic()
    known = link.remembered.get(root)
    here = asyncio.to_thread(tree.scan, local, ignore)
    entries, there = (await here, known) if known else await asyncio.gather(here, _seen(link, root))
    base = tree.base(local)
    plan = await plans.made(link, base, root, entries, there)
    meter = Meter(tell)
    moved = len(plan.small) + len(plan.large)
    meter.expect(moved, plan.size)
    if quick.fits(plan, len(entries)):
        try:
            await quick.apply(
                link, await quick.parcel(base, root, plan, entries, there, known=known is not None)
            )
        except quick.Stale:
            return await _once(link, local, root, ignore, tell)
        if moved:
            await meter.add(plan.size, files=moved)
    else:
        await _side_by_side(link, base, root, plan, there, meter)
    files = [entry for entry in entries.values() if entry.kind != "folder"]
    return Summary(
        files=len(files),
        bytes=sum(entry.size for entry in files),
        files_moved=moved,
        bytes_moved=plan.size,
        removed=len(plan.gone),
        seconds=time.monotonic() - began,
    )


async def _seen(link: Link, root: str) -> Inventory:
    return await inventory.look(link, root, make=True)


async def _side_by_side(
    link: Link, base: Path, root: str, plan: Plan, there: Inventory, meter: Meter
) -> None:
    """Do what a plan says over several channels, and note what has arrived, even where it does not end well."""
    link.remembered.pop(root, None)
    sums = dict(plan.kept)
    try:
        await _prepare(link, root, plan)
        await _move(link, base, root, plan, there, meter, sums)
        await _finish(link, root, plan)
    finally:
        if sums != there.sums:
            await asyncio.shield(_noted(link, root, sums))


async def _prepare(link: Link, root: str, plan: Plan) -> None:
    """Remove what is in the way or gone, and make the folders."""
    if plan.gone:
        await inventory.checked(link, _REMOVE, root, stdin=_names(plan.gone))
    if plan.folders:
        await inventory.checked(link, _FOLDERS, root, stdin=_names(plan.folders))


async def _finish(link: Link, root: str, plan: Plan) -> None:
    if plan.modes:
        words_ = b"".join(f"{mode:o}".encode() + b"\0" + _names([path]) for path, mode in plan.modes)
        await inventory.checked(link, _MODES, root, stdin=words_)


async def _move(
    link: Link, base: Path, root: str, plan: Plan, there: Inventory, meter: Meter, sums: Sums
) -> None:
    """Send packs over a few streams and large files one after the other, all side by side."""
    left = packs.divide(plan.small)

    async def stream() -> None:
        for pack in left:
            data, packed = await asyncio.to_thread(packs.build, base, pack)
            await _pack(link, root, data, sum(entry.size for _, entry in pack), len(pack), meter)
            sums.update(packed)

    async def large() -> None:
        for path, _ in plan.large:
            sums[path] = await ranges.send(link, base / path, root, path, there.entries.get(path), meter)

    await together([*(stream() for _ in range(_STREAMS if plan.small else 0)), large()])


async def _pack(link: Link, root: str, data: bytes, size: int, files: int, meter: Meter) -> None:
    argv = ["sh", "-c", packs.UNPACK, "sh", words.path(root), secrets.token_hex(8)]
    async with link.stream(words.command(argv, env={"LC_ALL": "C"})) as process:
        complaint = asyncio.create_task(process.stderr.read())
        told = 0
        try:
            for start in range(0, len(data), _CHUNK):
                process.stdin.write(data[start : start + _CHUNK])
                await process.stdin.drain()
                share = size * min(start + _CHUNK, len(data)) // len(data)
                await meter.add(share - told)
                told = share
            process.stdin.write_eof()
        except (BrokenPipeError, ConnectionResetError):
            pass  # it ended early; its status says why
        await process.wait_closed()
        said = (await complaint).decode(errors="replace").strip()
        status = process.exit_status
    if status is None:
        raise ConnectionLost("the connection was lost", started=True, advice="try again")
    if status:
        raise inventory.failed(said or f"status {status}")
    await meter.add(0, files=files)


async def _noted(link: Link, root: str, sums: Sums) -> None:
    """Note what is there, as far as it can be: without, the other end only has more to hash next time."""
    try:
        await inventory.note(link, root, sums)
    except TransportError:
        return


def _names(paths: Iterable[str]) -> bytes:
    return b"".join(words.encoded(f"./{path}") + b"\0" for path in paths)
