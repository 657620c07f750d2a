"""A process is known by more than its pid; what is left of a grant is found by its mark."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest

from maia_hub.supervise import Identity, sweep
from tests.platform import eventually
from tests.supervise.sessions import SLEEP


def test_a_process_that_took_over_the_pid_is_another() -> None:
    own = Identity.of(os.getpid())
    assert own.alive()
    assert not replace(own, start_time=own.start_time - 1).alive()
    assert not replace(own, boot_id="00000000-0000-4000-8000-000000000000").alive()


def test_a_zombie_is_not_alive_and_a_gone_process_has_no_identity() -> None:
    process = subprocess.Popen(SLEEP)
    identity = Identity.of(process.pid)
    process.kill()
    eventually(lambda: not identity.alive(), "the zombie counts as dead")  # not reaped before the next line
    process.wait()
    with pytest.raises(ProcessLookupError):
        Identity.of(process.pid)


def test_a_sweep_ends_what_bears_the_grant_and_nothing_else() -> None:
    mine, longer = (
        subprocess.Popen(SLEEP, env={**os.environ, "MAIA_GRANT": grant}) for grant in ("swept", "swept-not")
    )
    try:
        assert sweep("swept")
        assert mine.wait(30) == -9
        assert longer.poll() is None
    finally:
        longer.kill()
        longer.wait()
