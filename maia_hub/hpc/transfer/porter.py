"""Stays at the other end as long as the connection: takes parcels and runs commands, with no process for each step.

It is sent there as text and runs alone, on any Python from 3.6 on, which is why its annotations are quoted. It does
what `packs.UNPACK_IF` does where there is no Python. A request is a line of JSON and so many bytes; what did not arrive
whole is not begun.
"""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from typing import Any, BinaryIO

OWN = b".maia-transfer"
GONE, STALE = 44, 46


class Refused(Exception):
    """A parcel is not taken; its status says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def main(mark: str) -> None:
    """Answer until there is nobody."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(mark.encode() + b"\n")
    sink.flush()
    while True:
        line = source.readline()
        asked = json.loads(line.decode()) if line.endswith(b"\n") else {"size": 1}
        data = source.read(asked["size"])
        if len(data) < asked["size"]:
            return
        answer(sink, *served(asked, data))


def answer(sink: BinaryIO, said: "dict[str, Any]", out: bytes = b"", errors: bytes = b"") -> None:
    """Say what came of it."""
    said.update(out=len(out), errors=len(errors))
    sink.write(json.dumps(said).encode() + b"\n" + out + errors)
    sink.flush()


def served(asked: "dict[str, Any]", data: bytes) -> "tuple[Any, ...]":
    """Take all parcels, then run the command; it is not run if one is not taken."""
    at = 0
    for number, parcel in enumerate(asked["parcels"]):
        size = sum(each["size"] for each in parcel["files"])
        try:
            take(parcel, data[at : at + size])
        except Refused as e:
            return ({"parcel": number, "status": e.status, "said": ""},)
        except (OSError, ValueError) as e:
            return ({"parcel": number, "status": 1, "said": str(e)},)
        at += size
    return run(asked, data[at:])


def take(parcel: "dict[str, Any]", data: bytes) -> None:
    """Bring a folder up to date, if it is as it was left."""
    root = name(parcel["root"])
    if not os.path.isdir(root):
        raise Refused(GONE)
    if parcel["before"] and fingerprint(root) != parcel["before"]:
        raise Refused(STALE)
    if parcel["manifest"] is None:
        return
    aside = os.path.join(root, OWN, b"pack-" + parcel["token"].encode())
    os.mkdir(aside)
    try:
        places = lay(parcel["files"], data, aside)
        for each in ("manifest", "paths"):
            with open(os.path.join(aside, each.encode()), "wb") as file:
                file.write(name(parcel[each]))
        settle(parcel, root, places)
        for kind in (b"manifest", b"paths"):
            os.replace(os.path.join(aside, kind), os.path.join(root, OWN, kind))
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def lay(files: "list[dict[str, Any]]", data: bytes, aside: bytes) -> "list[tuple[bytes, bytes]]":
    """Write files beside their places; return where each is, and its path in the folder."""
    places = []
    at = 0
    for number, each in enumerate(files):
        part = os.path.join(aside, b"%d" % number)
        content = data[at : at + each["size"]]
        at += each["size"]
        if each["target"]:
            os.symlink(name(each["target"]), part)
        else:
            if hashlib.sha256(content).hexdigest() != each["digest"]:
                raise ValueError("a file did not arrive as it was sent")
            with open(part, "wb") as file:
                file.write(content)
            os.chmod(part, each["mode"])
            os.utime(part, (each["modified"], each["modified"]))
        places.append((part, name(each["path"])))
    return places


def settle(parcel: "dict[str, Any]", root: bytes, places: "list[tuple[bytes, bytes]]") -> None:
    """Remove, make and put in place."""
    for path in parcel["gone"]:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(root, name(path)))
    for path in parcel["folders"]:
        os.makedirs(os.path.join(root, name(path)), exist_ok=True)
    for part, path_ in places:
        os.replace(part, os.path.join(root, path_))
    for path, mode in parcel["modes"]:
        os.chmod(os.path.join(root, name(path)), mode)


def fingerprint(root: bytes) -> str:
    """Return what `packs.fingerprint` says of the files that came, as they are."""
    made = hashlib.sha256()
    try:
        with open(os.path.join(root, OWN, b"paths"), "rb") as file:
            paths = file.read().split(b"\0")[:-1]
        for path in paths:
            known = os.lstat(os.path.join(root, path))
            when = divmod(known.st_mtime_ns, 10**9)
            made.update(b"%x %d %d.%09d %s\0" % (known.st_mode, known.st_size, when[0], when[1], path))
    except OSError:
        raise Refused(STALE) from None
    return made.hexdigest()


def run(asked: "dict[str, Any]", given: bytes) -> "tuple[dict[str, int], bytes, bytes]":
    """Run the command; its status is as a shell has it, 124 after too long a time."""
    env = dict(os.environb)
    env.update((name(key), name(value)) for key, value in asked["env"].items())
    pipe = subprocess.PIPE
    argv = [name(word) for word in asked["argv"]]
    try:
        process = subprocess.Popen(  # noqa: S603 - its user's own words
            argv, stdin=pipe, stdout=pipe, stderr=pipe, env=env, start_new_session=True
        )
    except OSError as e:
        status = 127 if isinstance(e, FileNotFoundError) else 126
        return {"status": status}, b"", str(e).encode(errors="replace")
    try:
        out, errors = process.communicate(given, asked["timeout"])
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, errors = process.communicate()
        return {"status": 124}, out, errors
    status = process.returncode
    return {"status": status if status >= 0 else 128 - status}, out, errors


def name(path: str) -> bytes:
    """Return a path or word as the bytes that were meant."""
    return path.encode("utf-8", "surrogateescape")


if __name__ == "__main__":
    main(sys.argv[-1])
