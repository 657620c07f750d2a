"""Large files by rsync, in a channel of the connection that is open, where both ends have it and it is the faster.

One stream is held up by each round trip, several sessions of sftp are not: 50 ms away these are twice as fast, next
door rsync is. What it brings lies beside its place until all of it is there; it goes on with what it finds of that.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from maia_hub.hpc.ssh import words
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer import inventory
from maia_hub.hpc.transfer.progress import Meter
from maia_hub.hpc.transport import ConnectionLost, NoSpace, TransportError

log = logging.getLogger(__name__)

WORTH = 64 << 20
"""Bytes from which on a file is worth two more processes here and there."""
NEAR = 0.01
"""Seconds of a round trip up to which one stream is the faster; the fastest of a few counts, on a busy machine, too."""
_TRAIT = "rsync"
_TRIES = 5
# Nothing of a path is a word of the command there (-s); what is there of the file is gone on with, never trusted by
# its time (-I); who else has an account there may not read it (--chmod).
_OPTIONS = ("-s", "-I", "--inplace", "--perms", "--chmod=F600", "--info=progress2", "--no-human-readable")
_AHEAD = re.compile(rb"\s*(\d+)\s+\d+%")
_RSH = Path(__file__).with_name("rsh.py")
_PROGRESS_LINE = 1 << 16


async def is_faster(link: Link) -> bool:
    """Tell whether both ends have rsync and are near; asked once for each connection."""
    if _TRAIT not in link.traits:
        link.traits[_TRAIT] = shutil.which("rsync") is not None and await _near(link)
    return bool(link.traits[_TRAIT])


async def _near(link: Link) -> bool:
    if (await link.run(["sh", "-c", "command -v rsync > /dev/null"])).status:
        return False
    loop = asyncio.get_running_loop()
    await link.stat(".")  # the first one opens the session
    for _ in range(_TRIES):
        began = loop.time()
        await link.stat(".")
        if loop.time() - began <= NEAR:
            return True
    return False


async def send(link: Link, local: Path, root: str, part: str, meter: Meter) -> bool:
    """Bring a file to a part in a folder there; rsync compares both with a checksum of the whole.

    False if it has to go another way: rsync fails there, as it does where a login script greets it.
    """
    return await _tried(link, root, [*_OPTIONS, "-L", "--", str(local.absolute()), f"there:{part}"], meter)


async def fetch(link: Link, root: str, path: str, into: Path, meter: Meter) -> bool:
    """Bring a file from a folder there to one here, by its own last name; see `send`."""
    # From a list names are taken as they are; elsewhere the other end would look for patterns in them.
    options = [*_OPTIONS, "--files-from=-", "--from0", "--no-relative", "--no-dirs"]
    target = f"{into.absolute()}/"
    return await _tried(link, root, [*options, "--", "there:.", target], meter, given=words.encoded(path))


async def _tried(link: Link, root: str, arguments: Sequence[str], meter: Meter, given: bytes = b"") -> bool:
    before = meter.bytes_done
    try:
        await _run(link, root, arguments, meter, given)
    except (ConnectionLost, NoSpace):
        raise
    except TransportError as e:
        log.warning("rsync is not the way to %s: %s", link.target, e)
        link.traits[_TRAIT] = False
        await meter.add(before - meter.bytes_done)
        return False
    return True


async def _run(link: Link, root: str, arguments: Sequence[str], meter: Meter, given: bytes = b"") -> None:
    """Run rsync here, and its other half over the connection."""
    with tempfile.TemporaryDirectory(prefix="maia-rsync-") as scratch:
        place = f"{scratch}/s"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(place)
            listening.listen(1)
            listening.setblocking(False)
            rsh = " ".join(map(_word, (sys.executable, "-I", "-S", str(_RSH), place)))
            here = await asyncio.create_subprocess_exec(
                *("rsync", "-e", rsh, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_PROGRESS_LINE,
                env={**os.environ, "LC_ALL": "C"},
            )
            there = asyncio.create_task(_serve(link, root, listening))
            try:
                complaint = await _followed(here, given, meter)
                status = await here.wait()
                if status:
                    raise await _failed(there, status, complaint)
            finally:
                if here.returncode is None:
                    here.kill()
                    await here.wait()
                there.cancel()
                await asyncio.gather(there, return_exceptions=True)


async def _serve(link: Link, root: str, listening: socket.socket) -> None:
    """Run what rsync wants to run there, on the streams that it hands over."""
    loop = asyncio.get_running_loop()
    connection, _ = await loop.sock_accept(listening)
    with connection:
        connection.setblocking(True)
        said, streams, _, _ = await asyncio.to_thread(socket.recv_fds, connection, 1 << 16, 2)
        connection.setblocking(False)
        argv = [word.decode(errors="surrogateescape") for word in said.split(b"\0")]
        script = 'cd -- "$1" || exit 44; shift; exec "$@"'
        command = words.command(["sh", "-c", script, "sh", words.path(root), *argv], env={"LC_ALL": "C"})
        async with link.stream(command, stdin=streams[0], stdout=streams[1]) as process:
            errors = await process.stderr.read()
            await process.wait_closed()
            status = process.exit_status
        if status is None:
            raise ConnectionLost("the connection was lost", started=True, advice="try again")
        if status:
            raise inventory.failed(errors.decode(errors="replace").strip() or f"status {status}")
        await loop.sock_sendall(connection, b"0")


async def _followed(here: asyncio.subprocess.Process, given: bytes, meter: Meter) -> str:
    """Tell how far it is while it runs; return what it complains of."""
    assert here.stdin is not None
    assert here.stdout is not None
    assert here.stderr is not None
    here.stdin.write(given)
    here.stdin.close()
    complaint = asyncio.create_task(here.stderr.read())
    done = 0
    while data := await here.stdout.read(_PROGRESS_LINE):
        if found := _AHEAD.findall(data):
            await meter.add(int(found[-1]) - done)
            done = int(found[-1])
    return (await complaint).decode(errors="replace").strip()


async def _failed(there: asyncio.Task[None], status: int, complaint: str) -> TransportError:
    """Return why it failed: the connection, if that is lost, else what either end says."""
    await asyncio.wait([there], timeout=5)
    error = there.exception() if there.done() and not there.cancelled() else None
    if isinstance(error, TransportError):
        return error
    return inventory.failed(complaint or f"rsync ended with status {status}")


def _word(word: str) -> str:
    """Return a word for rsync's -e, which knows quotes and nothing else."""
    return "'" + word.replace("'", "''") + "'"
