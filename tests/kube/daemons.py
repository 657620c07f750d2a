"""Programs of the cluster as processes of this machine: started in the background, stopped by what is remembered."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from tests.kube.place import Place


class DaemonDied(RuntimeError):
    """A program of the cluster ended or did not answer in time; the message carries the end of its log."""


def start(
    place: Place, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
) -> None:
    """Start a program in a session of its own, with its log under the cluster's folder; a running one is left alone."""
    if running(place, name):
        return
    log = (os.POSIX_SPAWN_OPEN, 1, str(_log(place, name)), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    quiet = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    actions = [quiet, log, (os.POSIX_SPAWN_DUP2, 1, 2)]
    # Not a Popen: the program is meant to outlive this process.
    pid = os.posix_spawnp(
        command[0], list(command), {**os.environ, **(environment or {})}, file_actions=actions, setsid=True
    )
    # A bare pid would be reused one day: the start time makes it one process.
    remembered = {"pid": pid, "started": psutil.Process(pid).create_time()}
    _memory(place, name).write_text(json.dumps(remembered))


def running(place: Place, name: str) -> bool:
    """Say whether the program that was started under this name still runs."""
    return _find(place, name) is not None


def stop(place: Place, name: str, timeout: float = 10) -> None:
    """End a program, kindly first."""
    process = _find(place, name)
    if process:
        process.terminate()
        if not ended([process], timeout):
            process.kill()
            ended([process], timeout)
    _memory(place, name).unlink(missing_ok=True)


def kill(place: Place, name: str) -> None:
    """End a program as a crash would."""
    process = _find(place, name)
    if process:
        process.kill()
        ended([process])
    _memory(place, name).unlink(missing_ok=True)


def ended(processes: Sequence[psutil.Process], timeout: float = 10) -> bool:
    """Wait until processes are gone; one that only waits to be reaped by somebody else is gone, too."""
    give_up = time.monotonic() + timeout
    while any(_alive(process) for process in processes):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def wait_for(place: Place, name: str, answers: Callable[[], bool], timeout: float = 90) -> None:
    """Wait until a program answers.

    Raises:
        DaemonDied: it ended, or has not answered after `timeout` seconds.
    """
    give_up = time.monotonic() + timeout
    while not answers():
        if not running(place, name):
            raise DaemonDied(f"{name} ended while it was being waited for. {_tail(place, name)}")
        if time.monotonic() > give_up:
            raise DaemonDied(f"{name} does not answer after {timeout:.0f} s. {_tail(place, name)}")
        time.sleep(0.1)


def _find(place: Place, name: str) -> psutil.Process | None:
    try:
        remembered = json.loads(_memory(place, name).read_text())
        process = psutil.Process(remembered["pid"])
        same = abs(process.create_time() - remembered["started"]) < 0.1
        return process if same and _alive(process) else None
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _memory(place: Place, name: str) -> Path:
    return place.root / "daemons" / f"{name}.json"


def _log(place: Place, name: str) -> Path:
    return place.root / "logs" / f"{name}.log"


def _tail(place: Place, name: str) -> str:
    lines = _log(place, name).read_text(errors="replace").splitlines()[-15:]
    return "Its log ends with:\n" + "\n".join(lines)
