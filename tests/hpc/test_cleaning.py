"""Copies of code that no job needs any more: what was sent goes, what a job made or changed stays."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from maia_hub.hpc import slurm
from maia_hub.hpc.cleaning import Cleaned, clean, done_with
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.transfer import inventory
from maia_hub.hpc.transfer.tree import OWN
from maia_hub.hpc.watching import GONE, OVER
from tests.hpc.cluster import job
from tests.hpc.transfer.folders import HOSTILE, contents, put

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
SENT_AT = 1_700_000_000
"""As transfers leave times: whole seconds."""


def ended(state: str = "COMPLETED", *, days: int = 20, **more: str) -> Job:
    changed = (NOW - timedelta(days=days)).isoformat(timespec="milliseconds")
    made = job("true", **{"code": "/w/projects/p-1", **more})
    return replace(made, state=state, changed=changed, folder=f"jobs/{made.token}")


def copied(home: Path, known: Job) -> Path:
    """Make a project as it was sent, and the copy of it that a job has."""
    project = home / "project"
    if not project.exists():
        for name in (*HOSTILE, "main.py"):
            os.utime(put(project / "src" / name, name.encode()), (SENT_AT, SENT_AT))
        sums = {f"src/{name}": ("0" * 64, len(name.encode()), SENT_AT) for name in (*HOSTILE, "main.py")}
        put(project / OWN / "manifest", inventory.manifest(sums))
    copy = home / known.folder / "code"
    shutil.copytree(project, copy, copy_function=os.link)
    return copy


def test_only_what_slurm_says_is_over_and_has_been_for_long_counts() -> None:
    every = sorted(
        {*OVER, "PENDING", "RUNNING", "UNKNOWN", "SUBMITTING", "SUSPENDED", "COMPLETING", "REQUEUED"}
    )
    known = [ended(state) for state in every]
    found = {each.state for each in done_with(known, timedelta(days=14), NOW)}
    assert found == slurm.FINAL
    assert GONE not in found
    assert not done_with([ended(days=13)], timedelta(days=14), NOW)
    assert not done_with([replace(ended(), spec=job("true").spec)], timedelta(days=14), NOW)


@pytest.mark.asyncio
async def test_what_was_sent_goes_and_what_the_job_made_or_changed_stays(tmp_path: Path) -> None:
    there, known, other = LocalTransport(tmp_path), ended(), ended()
    copy, kept = copied(tmp_path, known), copied(tmp_path, other)
    before, project = contents(kept), contents(tmp_path / "project")
    put(copy / "src" / "weights.pt", b"made")
    (copy / "src" / "main.py").unlink()
    put(copy / "src" / "main.py", b"other!!")  # of the same length
    size = sum(len(name.encode()) for name in HOSTILE)
    expected = Cleaned(jobs=1, files=len(HOSTILE), bytes=size)
    assert await clean([known], there, remove=False) == expected
    assert set(contents(copy)) > {f"src/{name}" for name in HOSTILE}
    assert await clean([known], there) == expected
    assert {path for path, what in contents(copy).items() if what != "folder"} == {
        "src/weights.pt",
        "src/main.py",
    }
    assert await clean([known, ended()], there) == Cleaned()
    assert contents(kept) == before
    assert contents(tmp_path / "project") == project
    assert not list(tmp_path.rglob("PWNED"))
