"""What a folder at the other end holds, in one question, and what we know of it from before."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.ssh import words
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer.tree import OWN, Entry
from maia_hub.hpc.transport import Completed, NoSpace, NoSuchFile, Transport, TransportError

_LONG = 600.0
_BYTES_A_SECOND = 20e6
"""What a slow login node hashes, at the least."""
_FIND = "find . -path ./" + OWN + " -prune -o -printf '%y\\0%m\\0%s\\0%T@\\0%l\\0%P\\0'"
_LOOK = (
    'if [ "$2" = make ]; then mkdir -p -- "$1/' + OWN + '" || exit; fi; cd -- "$1" || exit 44; '
    # What a killed transfer left; one that runs is younger.
    "find " + OWN + " -maxdepth 1 -name 'pack-*' -mmin +120 -exec rm -rf {} + 2>/dev/null; "
    "if [ -f "
    + OWN
    + "/manifest ]; then wc -c < "
    + OWN
    + "/manifest; cat "
    + OWN
    + "/manifest; else echo 0; fi; "
) + _FIND
_KINDS: Mapping[str, Literal["file", "folder", "link"]] = {"f": "file", "d": "folder", "l": "link"}
Sums = dict[str, tuple[str, int, int]]
"""Hash, size and time of files by path."""


@dataclass
class Inventory:
    """What is there; of ``sums``, what a file's size and time still vouch for counts."""

    entries: dict[str, Entry] = field(default_factory=dict)
    sums: Sums = field(default_factory=dict)
    uneven: frozenset[str] = frozenset()
    """Files whose time is no whole second: no transfer has put them there."""

    def vouched(self, path: str) -> str | None:
        """Return the hash of a file that has not changed since it was noted."""
        entry, known = self.entries.get(path), self.sums.get(path)
        if entry and known and entry.kind == "file" and (entry.size, entry.modified) == known[1:]:
            return known[0]
        return None


async def look(link: Transport, root: str, *, make: bool = False) -> Inventory:
    """Return what a folder there holds.

    Raises:
        NoSuchFile: it is not there, and is not to be made.
    """
    done = await checked(link, _LOOK, root, "make" if make else "", missing=root)
    length, _, rest = done.stdout.partition(b"\n")
    before, listed = rest[: int(length)], rest[int(length) :]
    entries, uneven = _entries(listed)
    return Inventory(entries, noted(before), uneven)


async def hashes(link: Link, root: str, paths: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Return the hashes of files there, given with their sizes; of those that can be read."""
    wanted = list(paths)
    if not wanted:
        return {}
    listed = b"".join(words.encoded(f"./{path}") + b"\0" for path, _ in wanted)
    limit = _LONG + sum(size for _, size in wanted) / _BYTES_A_SECOND
    command = 'cd -- "$1" && xargs -0 -r sha256sum -z -- 2>/dev/null'
    done = await link.run(["sh", "-c", command, "sh", words.path(root)], stdin=listed, timeout=limit)
    found = {}
    for line in done.stdout.split(b"\0"):
        if line:
            # The hash, two spaces, and the name as it was given.
            found[line[66:].decode(errors="surrogateescape").removeprefix("./")] = line[:64].decode()
    return found


async def block_hashes(link: Link, path: str, size: int, block: int) -> list[str]:
    """Return the hashes of a file's blocks there."""
    argv = ["split", "-b", str(block), "--filter=sha256sum", "--", words.path(path)]
    done = await link.run(argv, timeout=_LONG + size / _BYTES_A_SECOND)
    return [line[:64].decode() for line in done.stdout.splitlines()] if done.status == 0 else []


async def note(link: Link, root: str, sums: Sums) -> None:
    """Write down the hashes of what is there."""
    await link.write(posixpath.join(root, OWN, "manifest"), manifest(sums))


def manifest(sums: Sums) -> bytes:
    """Return the text that the hashes are written down as."""
    return json.dumps({"version": 1, "files": sums}, separators=(",", ":")).encode()


async def checked(
    link: Transport,
    script: str,
    *arguments: str,
    missing: str = "",
    stdin: bytes = b"",
    timeout: float = _LONG,
) -> Completed:
    """Run a script there whose failure is an error; its first argument is a path.

    Raises:
        NoSuchFile: it ended with status 44.
        NoSpace: it said that the disk is full or the quota used up.
    """
    first, *others = arguments
    done = await link.run(
        ["sh", "-c", script, "sh", words.path(first), *others],
        stdin=stdin,
        env={"LC_ALL": "C"},
        timeout=timeout,
    )
    if done.status == 44:
        raise NoSuchFile("there is no such folder", given=missing)
    if done.status:
        raise failed(done.complaint)
    return done


def failed(complaint: str) -> TransportError:
    """Return what a command's complaint means."""
    if "No space left" in complaint or "quota" in complaint.lower():
        return NoSpace(
            "the disk is full, or your quota is used up",
            advice="make room there, then try again: what arrived is kept, and it goes on where it was",
        )
    return TransportError(f"the other end refused: {complaint[:500]}")


def _entries(listed: bytes) -> tuple[dict[str, Entry], frozenset[str]]:
    fields = listed.decode(errors="surrogateescape").split("\0")[:-1]
    found, uneven = {}, set()
    for kind, mode, size, modified, target, path in zip(*(fields[n::6] for n in range(6)), strict=True):
        if path and kind in _KINDS:
            is_file = kind == "f"
            found[path] = Entry(
                _KINDS[kind],
                int(size) if is_file else 0,
                int(float(modified)) if is_file else 0,
                int(mode, 8) & 0o777,
                target,
            )
            if is_file and modified.partition(".")[2].strip("0"):
                uneven.add(path)
    return found, frozenset(uneven)


def noted(text: bytes) -> Sums:
    """Read what `manifest` wrote."""
    try:
        files = json.loads(text)["files"] if text else {}
        return {str(path): (str(a), int(b), int(c)) for path, (a, b, c) in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}  # what cannot be read vouches for nothing: the files themselves are looked at


def relative(path: str) -> str:
    """Return a path that stays in its folder.

    Raises:
        InvalidInput: it does not.
    """
    if path.startswith("/") or ".." in path.split("/"):
        raise InvalidInput("a path within the folder is needed", given=path)
    return path
