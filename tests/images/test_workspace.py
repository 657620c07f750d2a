"""The workspace on a real cluster: restricted, on a read-only root, under the supervisor as its first process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.images.pods import Pod, session, until, workspace
from tests.kube.kube import Kube
from tests.notebooks import tutorials

LAB = ["jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser", "--IdentityProvider.token="]
TRACE = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print(libc.ptrace(16, 1, 0, 0), os.strerror(ctypes.get_errno()))
try:
    open('/proc/1/mem', 'r+b')
except PermissionError:
    print('closed')
"""
ORPHANS = "for i in 1 2 3; do (setsid sh -c 'sleep 0.1 & exit 0' &) ; done"
ZOMBIES = "cat /proc/[0-9]*/stat 2>/dev/null | grep -c ') Z ' || true"


@pytest.fixture(scope="module")
def lab(kube: Kube, restricted: str, workspace_image: str) -> Iterator[Pod]:
    pod = workspace(kube, restricted, "lab", workspace_image, LAB, session(timedelta(hours=1)))
    until(lambda: json.loads(pod.over_http(8888, "/api")), pod.logs)
    yield pod
    kube.kubectl("delete", "pod", "-n", restricted, "lab", "--now")


def test_jupyterlab_answers_on_a_read_only_root(lab: Pod) -> None:
    assert json.loads(lab.over_http(8888, "/api"))["version"].startswith("2.")
    assert "JupyterLab" in lab.over_http(8888, "/lab")
    assert lab.run("jupyterhub-singleuser", "--version").startswith("6.")


def test_what_people_install_lands_in_their_home(lab: Pod) -> None:
    code = "import site; print(site.ENABLE_USER_SITE, site.getusersitepackages())"
    assert lab.run("python", "-c", code) == "True /home/jovyan/.local/lib/python3.11/site-packages\n"
    assert "python3" in lab.over_http(8888, "/api/kernelspecs")


def test_a_new_home_begins_with_the_tutorials(lab: Pod) -> None:
    assert lab.run("ls", "/home/jovyan/notebooks").split() == tutorials.NAMES


def test_the_first_process_can_be_neither_killed_nor_held_nor_traced_from_inside(lab: Pod) -> None:
    lab.run("bash", "-c", "kill -KILL 1; kill -STOP 1; sleep 0.5")
    assert lab.run("bash", "-c", "grep State /proc/1/status").split()[1] == "S"
    assert lab.run("python", "-c", TRACE).splitlines() == ["-1 Operation not permitted", "closed"]
    assert "maia-supervise" in lab.run("bash", "-c", "tr '\\0' ' ' </proc/1/cmdline")


def test_orphans_leave_no_zombies(lab: Pod) -> None:
    lab.run("bash", "-c", ORPHANS)
    until(lambda: lab.run("bash", "-c", ZOMBIES).strip() == "0", lambda: lab.run("bash", "-c", ZOMBIES))


def test_a_server_with_a_session_starts_without_noise(
    kube: Kube, restricted: str, workspace_image: str
) -> None:
    pod = workspace(kube, restricted, "quiet", workspace_image, ["echo", "served"], session())
    assert pod.ended()["exitCode"] == 0
    assert pod.logs() == "served\n"


def test_without_a_session_the_image_runs_its_command_alone(
    kube: Kube, restricted: str, workspace_image: str
) -> None:
    command = ["python", "-c", "import os; print(os.getpid()); raise SystemExit(7)"]
    pod = workspace(kube, restricted, "alone", workspace_image, command)
    assert pod.ended()["exitCode"] == 7
    assert pod.logs() == "1\n"


def test_a_session_that_cannot_be_read_is_no_start(kube: Kube, restricted: str, workspace_image: str) -> None:
    pod = workspace(kube, restricted, "broken", workspace_image, ["echo", "served"], "not a session")
    assert pod.ended()["exitCode"] == 3
    assert "no start without a known end" in pod.logs()


def test_a_kernel_knows_how_long_it_has(lab: Pod) -> None:
    code = "from maia_lab import gpu; print(gpu.time_left().total_seconds())"
    assert 0 < float(lab.run("python", "-c", code)) <= 3600
