"""Batch scripts as people have them become jobs."""

from __future__ import annotations

import os
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.render import render
from maia_hub.hpc.sbatch import SCRIPT, batch
from maia_hub.hpc.systems import Endpoint, Gpus, System

CLUSTER = System(name="cluster", control=Endpoint(host="cluster"), gpus=Gpus(request="gres"))
SCRIPT_OF_A_GROUP = """#!/bin/bash -l
# trains
#SBATCH -J "night's run"   # not too long
#SBATCH -A proj-1 -p gpu
#SBATCH --time=1-12:30:00
#SBATCH -N2 --gpus-per-node=a100:2
#SBATCH --mem=4000 -c 8 --exclusive --reservation=course
#SBATCH --output=%j.log
#SBATCH --signal=B:USR1@90

echo "$1"
#SBATCH --time=1:00
"""


def test_the_header_becomes_a_job_and_the_script_stays_as_it_is() -> None:
    found = batch(SCRIPT_OF_A_GROUP)
    spec = found.spec
    assert (spec.name, spec.account, spec.partition) == ("night's run", "proj-1", "gpu")
    assert spec.time == timedelta(days=1, hours=12, minutes=30)
    assert (spec.nodes, spec.gpus, spec.gpu_type, spec.cpus, spec.memory) == (2, 4, "a100", 8, "4000M")
    assert spec.signal is not None
    assert (spec.signal.name, spec.signal.before) == ("USR1", timedelta(seconds=90))
    assert dict(spec.options) == {"reservation": "course", "exclusive": None}
    assert found.left_out == ("--output",)
    assert found.files == {SCRIPT: SCRIPT_OF_A_GROUP.encode()}
    assert spec.command[-2:] == ("/bin/bash", "-l")
    script = render(spec, CLUSTER, token="t")
    assert "#SBATCH --gres=gpu:a100:2\n" in script
    assert "#SBATCH --exclusive\n" in script


def test_words_of_the_command_line_go_before_the_script() -> None:
    found = batch("\n#SBATCH --time=10 -J a\ntrue\n", ["--time=0:30", "--mem", "1G"])
    assert (found.spec.time, found.spec.name, found.spec.memory) == (timedelta(seconds=30), "a", "1G")
    assert found.files[SCRIPT].startswith(b"#!/bin/bash\n#SBATCH")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30", {"minutes": 30}),
        ("30:10", {"minutes": 30, "seconds": 10}),
        ("2:30:10", {"hours": 2, "minutes": 30, "seconds": 10}),
        ("1-2", {"days": 1, "hours": 2}),
        ("1-2:3", {"days": 1, "hours": 2, "minutes": 3}),
        ("2h", {"hours": 2}),
    ],
)
def test_times_are_those_of_slurm_or_of_people(text: str, length: dict[str, Any]) -> None:
    assert batch("true", [f"--time={text}"]).spec.time == timedelta(**length)


@pytest.mark.parametrize(
    ("word", "gpus", "kind"),
    [("--gpus=3", 3, None), ("-G2", 2, None), ("--gres=gpu", 1, None), ("--gres=gpu:T4:2", 2, "T4")],
)
def test_gpus_are_taken_in_every_way_they_are_asked_for(word: str, gpus: int, kind: str | None) -> None:
    spec = batch("true", [word]).spec
    assert (spec.gpus, spec.gpu_type) == (gpus, kind)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--gpus=1", "--gres=gpu:1"], "more than one way"),
        (["--gres=tape:1"], "only GPUs"),
        (["--gpus=many more"], "no number of GPUs"),
        (["-Z"], "not understood"),
        (["extra"], "not understood"),
        (["--parsable"], "set here already"),
        (["--wrap=true"], "field of its own"),
        (["--nodes=some"], "no whole number"),
        (["--time=infinite"], "time"),
        (["--signal=@5"], "no signal"),
        (["--time"], "expected one argument"),
    ],
)
def test_what_cannot_be_taken_is_said(words: list[str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        batch("true", words)


def test_quotes_that_do_not_match_are_said() -> None:
    with pytest.raises(InvalidInput, match="quotes"):
        batch("#SBATCH -J 'x\ntrue\n")


def test_the_script_runs_in_its_own_language(tmp_path: Path) -> None:
    found = batch("#!/usr/bin/env python3\nimport sys; print('it is', sys.argv[1:])\n")
    (tmp_path / SCRIPT).write_bytes(found.files[SCRIPT])
    env = {**os.environ, "MAIA_RUN": str(tmp_path)}
    done = subprocess.run(found.spec.command, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "it is []\n"
