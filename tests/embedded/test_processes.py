"""What is known of sessions' processes, with a real supervisor over a real process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from maia_hub.core import sessionfile
from maia_hub.core.ids import DEFAULT_SERVER, GpuId, LeaseId, NodeId, PoolId, ServerName, UserName
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.core.sessionfile import SessionFile
from maia_hub.embedded.processes import STATE, LocalProcesses
from maia_hub.supervise.identity import Identity
from tests.platform import ROOT, eventually

NOW = datetime.now(timezone.utc)
ALICE = UserName("alice")


@dataclass(frozen=True)
class Given:
    """What a server was given last."""

    grant_id: UUID
    since: datetime
    user: UserName = ALICE
    server: ServerName = DEFAULT_SERVER


def lease(identity: UUID, since: datetime = NOW) -> Lease:
    return Lease(
        id=LeaseId(identity),
        kind=GrantKind.OPPORTUNISTIC,
        user=ALICE,
        server=DEFAULT_SERVER,
        pool=PoolId("sim"),
        node=NodeId("here"),
        gpus=(GpuId("SIM-0"),),
        since=since,
        until=None,
    )


@pytest.fixture
def session(tmp_path: Path) -> Iterator[tuple[UUID, subprocess.Popen[bytes]]]:
    """A supervised process under the sessions folder ``tmp_path``."""
    grant = uuid4()
    file = tmp_path / str(grant) / sessionfile.NAME
    content = SessionFile(
        grant=str(grant), kind="cpu", user=ALICE, server="", project="default", reason="", since=NOW
    )
    sessionfile.write(file, content)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "maia_hub.supervise", "--session-file", str(file)),
            *("--state-file", str(file.with_name(STATE)), "--", "sleep", "600"),
        ],
        cwd=ROOT,
        env={**os.environ, "MAIA_GRANT": str(grant)},
    )
    eventually(file.with_name(STATE).exists, "the supervisor has said that it runs")
    yield grant, process
    process.terminate()
    process.wait(20)


def test_a_session_is_gone_once_its_supervisor_is_killed(
    tmp_path: Path, session: tuple[UUID, subprocess.Popen[bytes]]
) -> None:
    grant, process = session
    processes = LocalProcesses(tmp_path)
    assert not processes.gone(lease(grant), NOW)
    process.kill()
    process.wait()
    assert processes.gone(lease(grant), NOW)


def test_a_supervisor_that_says_that_its_session_ended_has_yet_to_tell_the_status(tmp_path: Path) -> None:
    grant = uuid4()
    own = Identity.of(os.getpid())
    said = {"pid": own.pid, "start_time": own.start_time, "boot_id": own.boot_id, "status": "ended"}
    (tmp_path / str(grant)).mkdir()
    (tmp_path / str(grant) / STATE).write_text(json.dumps(said), encoding="utf-8")
    assert not LocalProcesses(tmp_path).gone(lease(grant), NOW)


def test_a_session_without_a_process_is_given_up_only_after_a_while(tmp_path: Path) -> None:
    processes = LocalProcesses(tmp_path)
    assert not processes.gone(lease(uuid4()), NOW + timedelta(minutes=2))
    assert processes.gone(lease(uuid4()), NOW + timedelta(minutes=4))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"status": "running", "pid": 1}'])
def test_a_session_of_which_nothing_can_be_read_is_not_ended_on_a_guess(tmp_path: Path, text: str) -> None:
    silent = lease(uuid4())
    (tmp_path / str(silent.id)).mkdir()
    (tmp_path / str(silent.id) / STATE).write_text(text, encoding="utf-8")
    assert not LocalProcesses(tmp_path).gone(silent, NOW + timedelta(days=1))


def test_all_that_runs_can_be_ended_and_a_session_that_has_not_said_so_too(
    tmp_path: Path, session: tuple[UUID, subprocess.Popen[bytes]]
) -> None:
    _, process = session
    silent = tmp_path / str(uuid4())
    silent.mkdir()
    early = subprocess.Popen(["sleep", "600"], env={**os.environ, "MAIA_GRANT": silent.name})
    LocalProcesses(tmp_path).end_all()
    assert process.wait(1) == 128 + signal.SIGTERM
    assert early.wait(1) == -signal.SIGKILL


def test_what_a_newer_start_has_replaced_is_ended(
    tmp_path: Path, session: tuple[UUID, subprocess.Popen[bytes]]
) -> None:
    grant, process = session
    processes = LocalProcesses(tmp_path)
    for harmless in ([], [Given(grant, NOW)], [Given(uuid4(), NOW - timedelta(hours=1))]):
        processes.tidy(harmless, NOW)
        assert process.poll() is None
    processes.tidy([Given(uuid4(), NOW + timedelta(seconds=1))], NOW)
    assert process.wait(10) != 0


def test_the_logs_of_what_has_ended_are_forgotten_after_a_week(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    processes = LocalProcesses(tmp_path)
    processes.tidy([], NOW + timedelta(days=6))
    assert (tmp_path / "old").exists()
    processes.tidy([], NOW + timedelta(days=8))
    assert not (tmp_path / "old").exists()
