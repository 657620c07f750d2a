"""Stays at the other end as long as the connection: takes parcels and submits, with no process for each step.

It is sent there as text and runs alone, on any Python from 3.6 on, which is why its annotations are quoted. Where there
is no Python `packs.UNPACK_IF` and `helper.SUBMIT` do the same; tests compare them. A request is a line of JSON and so
many bytes; what did not arrive whole is not begun.
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
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
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
    return submit(asked["submit"], data[at:]) if asked["submit"] else run(asked, data[at:])


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
            written(os.path.join(aside, each.encode()), name(parcel[each]))
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
            written(part, content)
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


def submit(job: "dict[str, Any]", given: bytes) -> "tuple[Any, ...]":
    """Submit a job once, and say so as `helper.SUBMIT` does; its files are nobody else's."""
    before = os.umask(0o077)
    try:
        return {"status": 0}, announced(job, os.path.abspath(name(job["folder"])), given), b""
    except OSError as e:
        return {"status": 75}, b"", str(e).encode(errors="replace")
    finally:
        os.umask(before)


def announced(job: "dict[str, Any]", folder: bytes, given: bytes) -> bytes:
    """Announce an attempt, and if nobody else has, make it; an error means that there is no job."""
    os.makedirs(folder, exist_ok=True)
    known = number(folder)
    if known:
        return known
    script = given.rstrip(b"\n")
    if not script.endswith(name(job["end"])):
        raise OSError("the batch script did not arrive whole")
    intent = os.path.join(folder, b"intent.%d" % job["attempt"])
    try:
        os.close(os.open(intent, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return number(folder) or b"taken\n"
    try:
        if job["code"]:
            copied(name(job["code"]), folder)
        written(os.path.join(folder, b"job.sh"), script + b"\n")
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(intent)
        raise
    return asked_for(job, folder)


def number(folder: bytes) -> bytes:
    """Return the id that an attempt has got, as it is told; empty if none has."""
    try:
        with open(os.path.join(folder, b"id"), "rb") as file:
            known = file.read().rstrip(b"\n")
    except FileNotFoundError:
        return b""
    return b"id " + known + b"\n" if known else b""


def copied(code: bytes, folder: bytes) -> None:
    """Give the job its own copy of its code, by links where the file system has them; one that is whole is kept."""
    target, whole = os.path.join(folder, b"code"), os.path.join(folder, b".code")
    if os.path.exists(whole):
        return
    shutil.rmtree(target, ignore_errors=True)
    try:
        linked(code, target)
    except OSError:
        shutil.rmtree(target, ignore_errors=True)
        words: list[bytes] = [b"cp", b"-a", b"--reflink=auto", b"--", code, target]
        done = subprocess.run(words, stderr=subprocess.PIPE, env=environment({"LC_ALL": "C"}))  # noqa: PLW1510, S603
        if done.returncode:
            shutil.rmtree(target, ignore_errors=True)
            raise OSError(done.stderr.decode(errors="replace")) from None
    written(whole, b"")


def linked(source: bytes, target: bytes) -> None:
    """Make a folder that holds the same files."""
    os.mkdir(target)
    for each in os.scandir(source):
        there = os.path.join(target, each.name)
        if each.is_dir(follow_symlinks=False):
            linked(each.path, there)
        else:
            os.link(each.path, there, follow_symlinks=False)
    shutil.copystat(source, target)


def asked_for(job: "dict[str, Any]", folder: bytes) -> bytes:
    """Ask the scheduler, and write down what it says."""
    env = environment(job["env"])
    env[b"PWD"] = folder
    errors = os.path.join(folder, b".errors.%d" % job["attempt"])
    with open(errors, "wb") as complaint:
        status, out = called([name(word) for word in job["start"]], env, folder, complaint, job["timeout"])
    known = out.strip(b"\n").split(b";")[0]
    if known.isdigit() and status == 0:
        with contextlib.suppress(OSError):
            written(os.path.join(folder, b"id"), known + b"\n")
        return b"id " + known + b"\n"
    with open(errors, "rb") as complaint:
        return b"failed %d\n" % status + complaint.read(4000)


def called(
    argv: "list[bytes]", env: "dict[bytes, bytes]", folder: bytes, complaint: BinaryIO, timeout: float
) -> "tuple[int, bytes]":
    """Run a program within its time; return its status, as a shell has it, and what it says."""
    try:
        process = subprocess.Popen(  # noqa: S603 - its user's own words
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaint, env=env, cwd=folder
        )
    except OSError as e:
        complaint.write(str(e).encode(errors="replace"))
        return (127 if isinstance(e, FileNotFoundError) else 126), b""
    try:
        out = process.communicate(timeout=timeout)[0]
        return (process.returncode if process.returncode >= 0 else 128 - process.returncode), out
    except subprocess.TimeoutExpired:
        process.terminate()
    try:
        return 124, process.communicate(timeout=5)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return 124, process.communicate()[0]


def written(path: bytes, data: bytes) -> None:
    """Write a file."""
    with open(path, "wb") as file:
        file.write(data)


def run(asked: "dict[str, Any]", given: bytes) -> "tuple[dict[str, int], bytes, bytes]":
    """Run the command; its status is as a shell has it, 124 after too long a time."""
    env = environment(asked["env"])
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


def environment(more: "dict[str, str]") -> "dict[bytes, bytes]":
    """Return the environment of a program, with further variables."""
    env = dict(os.environb)
    env.update((name(key), name(value)) for key, value in more.items())
    return env


def name(path: str) -> bytes:
    """Return a path or word as the bytes that were meant."""
    return path.encode("utf-8", "surrogateescape")


if __name__ == "__main__":
    main(sys.argv[-1])
