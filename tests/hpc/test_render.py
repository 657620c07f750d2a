"""Batch scripts: as recorded for each preset, and with hostile values in every place, really run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.jobspec import JobSpec, job_spec
from maia_hub.hpc.render import directive, render, slurm_time
from maia_hub.hpc.systemfiles import LOCAL, parse
from maia_hub.hpc.systems import System
from tests.hpc import hostile
from tests.packages import install

RECORDED = Path(__file__).parent / "recorded"
TOKEN = "maia-0123456789abcdef"
PRINT = ["/usr/bin/printf", "%s\\0"]
FULL: dict[str, Any] = {
    "name": "U-Net, fold 3",
    "command": ["python", "train.py", "--note", "it's $HOME; `x`"],
    "time": "1d 2h",
    "cpus": 16,
    "memory": "64 GiB",
    "gpus": 2,
    "qos": "normal",
    "array": "0-9%2",
    "dependency": ["afterok:41_1:42", "singleton"],
    "signal": {"name": "USR1", "before": "5 min"},
    "modules": ["PyTorch/2.1.2-foss-2023a-CUDA-12.1.1"],
    "environment": {"DATA": "/proj/my data", "OMP_NUM_THREADS": "16"},
    "folder": "code of mine",
    "options": {"reservation": "class a", "no-requeue": None},
}
IMAGE = {"image": "/proj/images/monai.sif", "binds": [{"source": "/proj/data", "read_only": True}]}


def preset(name: str) -> System:
    return parse(f"preset: {name}\nuser: sven\nproject: sens2023598\n", name=name, where=name)


RECORDINGS: dict[str, tuple[System, dict[str, Any]]] = {
    "alvis": (preset("alvis"), {**FULL, "account": "NAISS2026-1-2", "gpu_type": "A40"}),
    "berzelius": (
        preset("berzelius"),
        {**FULL, "account": "berzelius-2026-1", "constraint": "fat", "container": IMAGE},
    ),
    "bianca": (preset("bianca"), FULL),
    "dardel": (preset("dardel"), {**FULL, "account": "naiss2026-1-2", "container": IMAGE}),
    "pyxis": (
        parse("control: {host: a}\ncontainer: {runtime: pyxis}\n", name="pyxis", where=""),
        {**FULL, "container": {**IMAGE, "image": "nvcr.io#nvidia/pytorch:26.01-py3"}, "tasks": 4, "nodes": 2},
    ),
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_script_is_as_recorded(name: str) -> None:
    system, values = RECORDINGS[name]
    script = render(job_spec(**values), system, token=TOKEN)
    subprocess.run(["bash", "-n"], input=script.encode(), check=True)
    assert script == (RECORDED / f"{name}.sh").read_text()


def run(
    spec: JobSpec, folder: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the script as Slurm would, in the folder it was submitted from."""
    script = render(spec, LOCAL, token=TOKEN)
    surroundings = {
        "PATH": os.environ["PATH"],
        "SLURM_JOB_ID": "7",
        "SLURM_SUBMIT_DIR": str(folder),
        **(env or {}),
    }
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=surroundings, capture_output=True, check=False, timeout=60
    )


SETTINGS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


@SETTINGS
@given(arguments=st.lists(hostile.argument, max_size=4), value=hostile.argument, folder=hostile.argument)
def test_arguments_environment_and_folder_arrive_as_they_are(
    tmp_path: Path, arguments: list[str], value: str, folder: str
) -> None:
    name = folder.replace("/", "_").encode()[:200].decode(errors="ignore")
    name = name if name not in {"", ".", ".."} else "x"
    (tmp_path / name).mkdir(exist_ok=True)
    spec = job_spec(name="x", command=[*PRINT, *arguments], folder=name)
    done = run(spec, tmp_path)
    assert done.stdout == b"".join(each.encode() + b"\0" for each in arguments or [""])
    seen = run(job_spec(name="x", command=["env", "-0"], environment={"V": value}, folder=name), tmp_path)
    assert f"V={value}".encode() in seen.stdout.split(b"\0")
    assert f"PWD={tmp_path / name}".encode() in seen.stdout.split(b"\0")
    assert not list(tmp_path.rglob("PWNED"))


@SETTINGS
@given(word=hostile.argument)
def test_a_first_word_is_a_program_and_nothing_of_the_shell(tmp_path: Path, word: str) -> None:
    done = run(job_spec(name="x", command=[word, "touch PWNED"]), tmp_path)
    assert done.returncode in {126, 127}
    assert (tmp_path / "ended.7").read_text() == f"{done.returncode}\n"
    assert not list(tmp_path.rglob("PWNED"))


def test_the_script_leaves_who_it_is_and_how_it_ended(tmp_path: Path) -> None:
    done = run(
        job_spec(name="x", command=["bash", "-c", "exit 3"]),
        tmp_path,
        {"SLURM_ARRAY_JOB_ID": "5", "SLURM_ARRAY_TASK_ID": "2"},
    )
    assert done.returncode == 3
    assert (tmp_path / "job.5_2").read_text() == f"{TOKEN} 5_2\n"
    assert (tmp_path / "ended.5_2").read_text() == "3\n"


def test_a_signal_to_the_script_reaches_the_command_which_ends_as_it_wants(tmp_path: Path) -> None:
    saves = "trap 'echo saved; exit 9' USR1; touch ready; while :; do sleep 0.02; done"
    script = render(job_spec(name="x", command=["bash", "-c", saves]), LOCAL, token=TOKEN)
    env = {"PATH": os.environ["PATH"], "SLURM_JOB_ID": "7"}
    with subprocess.Popen(["bash", "-c", script], cwd=tmp_path, env=env, stdout=subprocess.PIPE) as job:
        while not (tmp_path / "ready").exists():
            time.sleep(0.01)
        job.send_signal(signal.SIGUSR1)
        assert job.communicate(timeout=30)[0] == b"saved\n"
    assert job.returncode == 9


@pytest.fixture(scope="module")
def sbatch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which the real sbatch tells how it reads a script, and submits nothing."""
    if shutil.which("sbatch") is None:
        install({"slurm-client"})
    folder = tmp_path_factory.mktemp("sbatch")
    (folder / "slurm.conf").write_text("ClusterName=x\nSlurmctldHost=localhost\n")
    return folder


def test_sbatch_reads_each_directive_as_it_was_meant(sbatch: Path) -> None:
    values: list[str] = [each for each in hostile.PIECES if "\n" not in each and "\r" not in each]

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(hostile.line)
    def collect(value: str) -> None:
        values.append(value)

    collect()
    script = "\n".join(["#!/bin/bash", *(directive("comment", value) for value in values), "true\n"])
    (sbatch / "job.sh").write_text(script)
    env = {"PATH": os.environ["PATH"], "SLURM_CONF": str(sbatch / "slurm.conf")}
    command = ["sbatch", "-vvvv", str(sbatch / "job.sh")]
    found = []
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as reading:
        assert reading.stderr is not None
        for told in reading.stderr:
            if "Found in script" in told:
                found.append(told.split('argument "', 1)[1].removesuffix('"\n'))
            else:
                break  # it goes on to look for a controller, which takes seconds
        reading.kill()
    assert found == [f"--comment={value}" for value in values]


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "x" * 4001])
def test_what_a_directive_cannot_say_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match="comment cannot be written"):
        directive("comment", value)


def test_times_are_written_in_slurms_own_form() -> None:
    assert slurm_time(timedelta(hours=1)) == "0-01:00:00"
    assert slurm_time(timedelta(days=3, seconds=1, microseconds=1)) == "3-00:00:02"
    with pytest.raises(InvalidInput, match="time: must be a number with a unit"):
        job_spec(name="x", command=["true"], time="60")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"gpus": 1, "account": "a"}, "wants the type of GPU named"),
        ({"gpus": 1, "account": "a", "gpu_type": "H100"}, "There is no GPU type"),
        ({"gpus": 3, "nodes": 2, "account": "a", "gpu_type": "A40"}, "cannot be divided evenly"),
        ({}, "only for a project's account"),
        ({"name": "a\nb"}, "name: must be one line"),
        ({"name": "é" * 65}, "at most 128 bytes"),
        ({"command": []}, "command"),
        ({"command": ["a\0b"]}, "null character"),
        ({"environment": {"A-B": "1"}}, "environment.*: must be a name of letters"),
        ({"array": "1-x"}, "array: must be numbers and ranges: 0-9"),
        ({"signal": {"name": "KILL"}}, "signal.*: must be one of USR1, USR2"),
        ({"dependency": ["afterok:1,after:2"]}, "dependency.*: must be such as afterok:123"),
        ({"options": {"wrap": "x"}}, "wrap has a field of its own"),
        ({"options": {"--x": "y"}}, "no long option"),
        ({"container": {"image": "--evil"}}, "must not begin with a dash"),
        ({"container": {"image": "a", "binds": [{"source": "/a:b"}]}}, "without comma, colon"),
        ({"memory": "lots"}, "memory: must be a whole number with a unit"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(values: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        render(job_spec(**{"name": "x", "command": ["true"], **values}), preset("alvis"), token=TOKEN)


def test_more_gpus_than_the_nodes_have_are_refused_with_the_nodes_it_would_take() -> None:
    with pytest.raises(InvalidInput) as refused:
        render(job_spec(name="x", command=["true"], gpus=9, account="a"), preset("dardel"), token=TOKEN)
    assert (refused.value.allowed, refused.value.advice) == ("at most 8 on 1 node", "Ask for 2 nodes.")
