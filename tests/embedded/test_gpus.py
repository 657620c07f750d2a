from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from maia_hub.core.ids import GpuId
from maia_hub.embedded.foreign import GpuProcess, foreign, grant_of_process
from maia_hub.embedded.gpus import found, inventory, products, readable, simulate
from maia_hub.embedded.usage import LocalUsage


def test_simulated_gpus_say_that_they_are() -> None:
    gpus = inventory(3)
    assert [g.id for g in gpus] == ["SIM-0", "SIM-1", "SIM-2"]
    assert all(g.simulated and "Simulated" in g.product for g in gpus)
    assert "simulated" in products(gpus)[0]


def test_without_a_wish_the_machines_own_are_taken_or_two_simulated() -> None:
    own = found()
    assert inventory(None) == (own or simulate(2))
    assert not any(gpu.simulated for gpu in own)


def test_a_card_that_cannot_be_read_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    assert readable(10**6) == []
    assert "GPU 1000000 of this machine cannot be read" in caplog.text


def test_none_at_all_can_be_asked_for() -> None:
    assert inventory(0) == []
    assert LocalUsage([], dict).processes() == []


def test_nothing_is_claimed_of_a_simulated_gpu() -> None:
    gpus = simulate(2)
    sampled = LocalUsage(gpus, dict).usage(["SIM-1", "GPU-unknown"])
    assert [(u.gpu, u.utilisation, u.memory_used, u.simulated) for u in sampled] == [
        ("SIM-1", None, None, True)
    ]
    assert LocalUsage(gpus, dict).processes() == []


def test_of_a_simulated_gpu_is_told_what_somebody_wrote_down(tmp_path: Path) -> None:
    written = tmp_path / "usage.json"
    usage = LocalUsage(simulate(2), dict, written)
    wanted = [GpuId("SIM-0"), GpuId("SIM-1")]
    assert usage.utilisation(wanted) == {}
    written.write_text('{"SIM-1": 3}')
    assert usage.utilisation(wanted) == {"SIM-1": 3.0}
    assert [each.simulated for each in usage.usage(wanted)] == [True, True]
    for nonsense in ('{"SIM-1": 300}', '{"SIM-1"'):
        written.write_text(nonsense)
        assert usage.utilisation(wanted) == {}


def test_a_process_without_the_grant_that_holds_its_gpu_is_foreign() -> None:
    me = os.getpid()
    running = [GpuProcess("GPU-a", me, 5), GpuProcess("GPU-b", me, None), GpuProcess("GPU-c", me, 7)]
    strangers = foreign(running, {"GPU-a": "mine", "GPU-b": "another"}, lambda pid: "mine")
    assert [(s.gpu, s.pid, s.memory) for s in strangers] == [("GPU-b", me, None), ("GPU-c", me, 7)]
    assert strangers[0].since < datetime.now(timezone.utc)
    assert strangers[0].unix_user


def test_a_process_that_has_ended_meanwhile_is_left_out() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert foreign([GpuProcess("GPU-a", ended.pid, 1)], {}, grant_of_process) == []


def test_the_grant_of_a_process_is_its_own_or_an_ancestors() -> None:
    inner = "import os, sys; sys.stdout.write(str(os.getpid()) + '\\n'); sys.stdout.flush(); sys.stdin.read()"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}], env={{}})"
    with subprocess.Popen(
        [sys.executable, "-c", outer],
        env={**os.environ, "MAIA_GRANT": "g1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        hidden = int(child.stdout.readline())
        assert grant_of_process(hidden) == "g1"
        assert grant_of_process(os.getpid()) is None
        child.communicate("")
