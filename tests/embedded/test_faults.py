"""Whatever dies or hangs: a GPU is given back at its end, nothing is held twice, no server is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from maia_hub.client.models import BookingModel
from tests.platform import Platform, eventually

LATE = 5.0  # seconds after its end at which a GPU must be free, whatever is down
LENGTH = 20.0


def booked_server(
    platform: Platform, user: str, seconds: float = LENGTH
) -> tuple[BookingModel, psutil.Process]:
    """Book a GPU from now on and start a server with it; return the booking and the server's process."""
    booking = platform.book(user, seconds)
    platform.start_server(user, choice="booked")
    environment = platform.environment(user)
    assert environment["CUDA_VISIBLE_DEVICES"].startswith("SIM-"), platform.logs()
    return booking, psutil.Process(platform.server_pid(user))


def gone_after(process: psutil.Process, end: datetime) -> float:
    """Wait until a process is gone; return how many seconds after ``end`` that was."""
    left = (end - datetime.now(timezone.utc)).total_seconds()
    eventually(lambda: not process.is_running(), "the server's process is gone", within=left + 30)
    return (datetime.now(timezone.utc) - end).total_seconds()


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    """Processes that are there and do nothing: as good as down, and nobody restarts them."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def comes_back_on_cpu(platform: Platform, user: str) -> None:
    """Wait until the user's server runs again, holding no GPU."""

    def on_cpu() -> bool:
        try:
            found = platform.server(user)
            if not found or not found["ready"]:
                return False
            return platform.environment(user)["CUDA_VISIBLE_DEVICES"] == ""
        except (AssertionError, httpx.HTTPError):  # the hub restarts, or has not noticed yet that it has gone
            return False

    eventually(on_cpu, f"{user}'s server runs on CPU", 60, every=0.2)
    assert platform.held(user) == []


@pytest.fixture(autouse=True)
def tidy(platform: Platform) -> Iterator[None]:
    """Leave no server and no booking to the next test."""
    yield
    eventually(lambda: _answer(platform, "/hub/api/", "/services/maia/health"), "hub and service answer", 30)
    for user in ("alice", "bob"):
        eventually(partial(_stopped, platform, user), f"{user}'s server is gone for good", 60, every=0.5)
        with platform.client(user) as client:
            for booking in client.bookings(mine=True):
                if booking.state in ("confirmed", "active"):
                    (client.release if "release" in booking.may else client.cancel)(booking.id)


@pytest.mark.parametrize("name", ["hub", "proxy", "service"])
def test_what_is_killed_comes_back_and_the_server_runs_on(platform: Platform, name: str) -> None:
    platform.start_server("alice")
    server = platform.server_pid("alice")
    before = platform.kill(name)
    eventually(lambda: platform.pid(name) != before, f"a new {name}", 10)
    paths = ("/hub/api/", "/services/maia/health", "/user/alice/api")
    eventually(lambda: _answer(platform, *paths), "hub, service and server answer through the proxy", 30)
    assert platform.server_pid("alice") == server


def _stopped(platform: Platform, user: str) -> bool:
    """Stop a server; one that the platform is about to start again is stopped again when it is there."""
    server = platform.server(user)
    if server is not None and not server["pending"]:
        platform.hub("DELETE", f"/users/{user}/server", user)
    with platform.client(user) as client:
        return server is None and not client.state().sessions


def _answer(platform: Platform, *paths: str) -> bool:
    try:
        for path in paths:
            if not httpx.get(f"{platform.url}{path}", timeout=2, trust_env=False).is_success:
                return False
    except httpx.HTTPError:
        return False
    return True


@pytest.mark.parametrize("down", [["hub"], ["proxy"], ["service"], ["hub", "proxy", "service"]])
def test_the_gpu_is_free_in_time_whatever_hangs(platform: Platform, down: list[str]) -> None:
    booking, process = booked_server(platform, "alice")
    with frozen([platform.pid(name) for name in down]):
        assert gone_after(process, booking.end) <= LATE
    comes_back_on_cpu(platform, "alice")


@pytest.mark.parametrize("before_end", [10.0, 4.0, 0.0])
def test_the_gpu_is_free_in_time_when_the_hub_restarts(platform: Platform, before_end: float) -> None:
    booking, process = booked_server(platform, "alice")
    time.sleep(max(0.0, (booking.end - datetime.now(timezone.utc)).total_seconds() - before_end))
    platform.kill("hub")
    assert gone_after(process, booking.end) <= LATE
    comes_back_on_cpu(platform, "alice")


def test_the_gpu_is_free_in_time_on_a_full_disk_and_the_server_comes_back_when_there_is_room(
    platform: Platform,
) -> None:
    booking, process = booked_server(platform, "alice")
    supervisor = process.parent()
    assert supervisor is not None
    assert platform.process is not None
    with full_disk([platform.process.pid, platform.pid("hub"), platform.pid("service"), supervisor.pid]):
        assert gone_after(process, booking.end) <= LATE
    comes_back_on_cpu(platform, "alice")


@contextmanager
def full_disk(pids: list[int]) -> Iterator[None]:
    """Processes that cannot make any file longer, which is what a full disk is to them."""
    processes = {pid: psutil.Process(pid) for pid in pids}
    before = {pid: process.rlimit(psutil.RLIMIT_FSIZE) for pid, process in processes.items()}
    for pid, process in processes.items():
        process.rlimit(psutil.RLIMIT_FSIZE, (0, before[pid][1]))
    try:
        yield
    finally:
        for pid, process in processes.items():
            with suppress(psutil.NoSuchProcess):
                process.rlimit(psutil.RLIMIT_FSIZE, before[pid])


def test_a_killed_server_gives_its_gpu_back_and_no_saved_file_is_lost(platform: Platform) -> None:
    booking, process = booked_server(platform, "alice", 60)
    saved = platform.data / "homes" / "alice" / "saved.txt"
    saved.write_text("work")
    process.kill()
    eventually(lambda: platform.held("alice") == [], "the lease is released", 10, every=0.2)
    assert saved.read_text() == "work"

    eventually(lambda: platform.server("alice") is None, "the hub has noticed", 30, every=0.2)
    platform.start_server("alice", choice="booked")
    assert platform.held("alice") != [], "the booking still holds"
    with platform.client("alice") as client:
        client.release(booking.id)
    comes_back_on_cpu(platform, "alice")


def test_a_killed_supervisor_takes_its_server_along(platform: Platform) -> None:
    _, process = booked_server(platform, "bob", 60)
    supervisor = process.parent()
    assert supervisor is not None
    assert "maia_hub.supervise" in " ".join(supervisor.cmdline())
    supervisor.kill()
    eventually(lambda: not process.is_running(), "the server is gone", 10)
    eventually(lambda: platform.held("bob") == [], "the lease is released", 10, every=0.2)


def test_nobody_is_told_a_secret_by_the_logs(platform: Platform) -> None:
    secrets = [platform.token("alice"), platform.password("alice")]
    for log in (platform.data / "logs").iterdir():
        text = Path(log).read_text(errors="replace")
        assert not any(secret in text for secret in secrets), log.name
