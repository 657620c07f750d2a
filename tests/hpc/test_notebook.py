"""The magics in a real kernel, against a real Slurm behind a real sshd."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest

from maia_hub.hpc.jobs import Jobs
from maia_hub.hpc.systemfiles import home_folder
from tests.hpc.people import Home
from tests.lab.kernels import execute, kernel, text
from tests.platform import eventually
from tests.slurm.site import Site

WIDGET = "application/vnd.jupyter.widget-view+json"
LONG = 180
"""Seconds that a cell may take whose job waits for two busy cores."""


def new_kernel() -> AbstractContextManager[Any]:
    return kernel({"HOME": os.environ["HOME"]})


@pytest.fixture
def home_of_ada(home: Home, site: Site) -> Iterator[Home]:
    """A home that knows the system, but not its key."""
    home.host("login", site.sshd.port, site.account)
    home_folder().mkdir(parents=True)
    (home_folder() / "login.yaml").write_text("control: {host: login}\npoll: 1s\n")
    yield home
    site.slurm.run("scancel", f"--user={site.account.name}")


@pytest.fixture
def client(home_of_ada: Home, site: Site) -> Iterator[Any]:
    home_of_ada.knows(site.sshd)
    with new_kernel() as client:
        execute(client, "%load_ext maia_lab")
        yield client


def shown(outputs: Sequence[Mapping[str, Any]]) -> str:
    """Return what a cell shows, having ended without an error."""
    assert not [each for each in outputs if each["type"] == "error"], text(list(map(dict, outputs)))
    return text(list(map(dict, outputs)))


def run(client: Any, code: str) -> str:
    return shown(execute(client, code, LONG))


def failure(client: Any, code: str) -> str:
    """Return the error that a cell ends with; no line of ours stands in it."""
    *_, last = execute(client, code, LONG)
    assert last["type"] == "error", last
    told = "\n".join(last["traceback"])
    assert "maia_lab" not in told
    assert "maia_hub" not in told
    return told


def test_a_cell_gets_its_variables_writes_as_it_goes_and_gives_variables_back(client: Any) -> None:
    run(client, "numbers = [1, 2, 3]\ndef square(x):\n    return x * x")
    cell = """%%hpc --system login --memory 100M --time 5m --in numbers, square --out squares --as job
import os
squares = [square(each) for each in numbers]
print("50% done in", os.environ["SLURM_JOB_ID"])
hidden = 1
"""
    outputs = execute(client, cell, LONG)
    assert "50% done in" in shown(outputs)
    assert WIDGET in outputs[0]["data"]
    assert run(client, "print(squares, 'hidden' in globals())") == "[1, 4, 9] False\n"
    assert "COMPLETED" in run(client, "job")
    assert run(client, "print(dict(job.result()))") == "{'squares': [1, 4, 9]}\n"
    assert "login" in run(client, "%hpc")
    failed = failure(client, "%%hpc --memory 100M\ndef half(x):\n    return x / 0\n\nhalf(3)")
    assert 'File "<cell>", line 4, in <module>' in failed
    assert failed.endswith("ZeroDivisionError: division by zero")


def test_a_mistake_is_answered_in_words_and_sends_nothing(client: Any) -> None:
    assert "There is no variable nothing" in failure(client, "%%hpc --in nothing\npass")
    assert "line 1" in failure(client, "%%hpc\nx = = 1")
    assert "There is no system" in failure(client, "%squeue --system elsewhere")
    assert "invalid partition" in failure(client, "%%sbatch -p nowhere\ntrue")
    assert "unrecognized arguments: --gpu" in failure(client, "%%hpc --gpu 1\npass")
    assert "squeue on login" in failure(client, "%squeue --nonsense")
    preview = run(client, "%%hpc --preview --gpus 1 --time 1h\npass")
    assert "#SBATCH --time=0-01:00:00" in preview
    assert [job.state for job in Jobs().all()] == ["REFUSED"]


def test_options_and_systems_are_completed_and_every_magic_has_help(client: Any) -> None:
    def completed(code: str) -> list[str]:
        reply = client.complete(code, reply=True, timeout=60)
        return list(reply["content"]["matches"])

    assert completed("%%hpc --system ") == ["local", "login"]
    assert "--gpus" in completed("%%hpc --g")
    assert "--me" in completed("%squeue --m")
    assert completed("queue = %squeue --system lo") == ["local", "login"]
    run(client, "import os\nepochs, data = 3, [1]")
    assert {"data", "epochs"} <= set(completed("%%hpc --in "))
    assert not {"os", "In", "_"} & set(completed("%%hpc --in "))
    assert completed("%%hpc --in data, epo") == ["epochs"]
    for name in ("hpc", "squeue", "sacct", "sinfo", "scancel"):
        reply = client.inspect(f"%{name}", reply=True, timeout=60)
        assert f"%{name}" in reply["content"]["data"]["text/plain"]
    assert "--background" in run(client, "%hpc help")


def test_a_batch_script_is_followed_and_queue_and_partitions_are_tables(
    client: Any, site: Site, home_of_ada: Home
) -> None:
    gate = site.account.home / "gate"
    cell = f"""%%sbatch --time=10
#SBATCH -J trial --gpus=1 --mem=10M
#SBATCH --output=%j.txt
until [ -e {gate} ]; do sleep 0.1; done
echo made > made.txt
"""
    submitted = run(client, f"{cell}")
    number = re.search(r"Submitted batch job (\d+)", submitted)
    assert number is not None
    assert "--output is left out" in submitted
    run(client, "job = _\nqueue = %squeue --me")
    row = f"queue[queue.JOBID == '{number[1]}'].iloc[0]"
    assert run(client, f"print({row}['NAME'].startswith('trial-maia-'), {row}['NODES'])") == "True 1\n"
    run(client, "parts = %sinfo")
    assert run(client, "print('PARTITION' in parts, len(parts) > 0)") == "True True\n"
    assert "JOBID" in run(client, "%squeue -O jobid")
    site.run_as(site.account, "touch", str(gate))
    assert "COMPLETED" in run(client, "job.wait()")
    assert run(client, "print(job.result())") == "None\n"
    got = f"job.fetch('made.txt', to={str(home_of_ada.folder / 'got')!r})"
    assert run(client, f"print(({got} / 'made.txt').read_text())") == "made\n\n"
    other = run(client, "%%sbatch --mem=10M\nsleep 600")
    run(client, "job = _")
    assert "Submitted" in other
    run(client, "%scancel {job.job.job_id} --system login")
    assert "CANCELLED" in failure(client, "job.result()")
    assert "JobID" in (found := text(execute(client, "%sacct", LONG))) or "accounting" in found


def test_an_interrupt_leaves_the_job_running_and_a_new_kernel_takes_it_up(
    client: Any, site: Site, home_of_ada: Home
) -> None:
    gate = site.account.home / "second-gate"
    process = int(run(client, "import os; print(os.getpid())"))

    def interrupt() -> None:
        eventually(lambda: [job for job in Jobs().all() if job.state == "RUNNING"], "a running job")
        os.killpg(os.getpgid(process), signal.SIGINT)  # as a Jupyter server does it

    threading.Thread(target=interrupt, daemon=True).start()
    cell = f"""%%hpc --system login --memory 100M --out answer
import os, time
while not os.path.exists({str(gate)!r}):
    time.sleep(0.1)
answer = 42
"""
    told = failure(client, cell)
    token = Jobs().all()[0].token
    assert f"%hpc {token}" in told
    assert "it goes on there" in told
    with new_kernel() as restarted:
        run(restarted, "%load_ext maia_lab")
        outputs = execute(restarted, f"job = %hpc {token[:12]}\njob", LONG)
        assert "RUNNING" in shown(outputs)
        assert WIDGET in outputs[0]["data"]
        assert "TimeoutError" in text(execute(restarted, "job.wait(timeout=0.1)"))
        site.run_as(site.account, "touch", str(gate))
        assert run(restarted, "print(job.result()['answer'])") == "42\n"


def test_questions_are_asked_in_the_notebook_and_answers_kept_nowhere(home_of_ada: Home, site: Site) -> None:
    asked: list[str] = []

    with new_kernel() as client:
        execute(client, "%load_ext maia_lab")

        def answer(message: Mapping[str, Any]) -> None:
            asked.append(message["content"]["prompt"])
            client.input("yes")

        outputs: list[Mapping[str, Any]] = []

        def keep(message: Mapping[str, Any]) -> None:
            if message["msg_type"] in {"error", "execute_result"}:
                outputs.append({"type": message["msg_type"], **message["content"]})

        client.execute_interactive(
            "%sinfo", allow_stdin=True, stdin_hook=answer, output_hook=keep, timeout=LONG
        )
        assert "PARTITION" in shown(outputs)
    assert asked == ["Is that right? (yes/no) "]
    assert site.sshd.host_key.split()[1] in home_of_ada.known_hosts.read_text()


def test_with_nobody_to_ask_it_is_said_that_somebody_is_needed(home_of_ada: Home) -> None:
    with new_kernel() as client:
        execute(client, "%load_ext maia_lab")
        outputs: list[Mapping[str, Any]] = []
        began = time.monotonic()
        client.execute_interactive(
            "%sinfo",
            allow_stdin=False,
            output_hook=lambda message: outputs.append(message["content"]),
            timeout=LONG,
        )
        assert time.monotonic() - began < LONG
    assert any("traceback" in each for each in outputs)
