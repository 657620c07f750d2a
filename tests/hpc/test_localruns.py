"""Plain processes as jobs: what is seen of one that ends while it is looked at."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from maia_hub.hpc import localruns
from maia_hub.hpc.transfer import here
from maia_hub.hpc.transport import NoSuchFile

SLOW_CAT = """#!/bin/sh
case $1 in
  ended.*) [ -e "$1" ] && exec /bin/cat "$1"
           echo 0 > "$1"; kill -9 "${1#ended.}"; exit 1 ;;
esac
exec /bin/cat "$@"
"""
"""Where nothing is written yet of the end, the process ends at that very moment."""


async def ask(folder: Path, path: str) -> str:
    words = ["sh", "-c", localruns.QUERY, "ask", str(folder)]
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PATH": path}
    )
    return (await process.communicate())[0].decode().strip()


def test_a_process_that_ends_while_it_is_looked_at_did_not_lose_its_machine(tmp_path: Path) -> None:
    shim = tmp_path / "bin"
    shim.mkdir()
    (shim / "cat").write_text(SLOW_CAT)
    (shim / "cat").chmod(0o755)
    job = subprocess.Popen(["sleep", "600"])
    began = Path(f"/proc/{job.pid}/stat").read_text().split()[21]
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()
    (tmp_path / "process").write_text(f"{job.pid} {began} {boot}")
    try:
        path = f"{shim}:{os.environ['PATH']}"
        assert asyncio.run(ask(tmp_path, path)) == "RUNNING"
        (tmp_path / f"ended.{job.pid}").write_text("0\n")
    finally:
        job.kill()
        job.wait()
    assert asyncio.run(ask(tmp_path, path)) == "COMPLETED 0"


def test_files_of_a_run_folder_that_was_removed_cannot_be_fetched(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile, match="not there any more"):
        here.copy(tmp_path / "gone", tmp_path / "results", ["*"])
    assert not (tmp_path / "results").exists()
