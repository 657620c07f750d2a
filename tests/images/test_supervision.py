"""The end of a session on a real cluster: kept by the container's first process, with nobody's help."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from pathlib import PurePosixPath

from tests.images.pods import session, workspace
from tests.kube.kube import Kube

HOME = PurePosixPath("/home/jovyan")
HOOK = """
mkdir -p ~/.maia
printf '#!/bin/sh\necho hook of $(id -u)\n' > ~/.maia/on-expiry
chmod +x ~/.maia/on-expiry
"""
SERVER = """
import signal, sys, time
def end(*_):
    print('asked to end', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print('serving', flush=True)
while True:
    time.sleep(1)
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
print('serving', flush=True)
while True:
    time.sleep(1)
"""
EVIL = "import os\\nif os.getpid() == 1: os.execvp('sleep', ['sleep', '3600'])\\n"
SHADOW = f"""
mkdir -p ~/.local/lib/python3.11/site-packages ~/maia_hub/supervise
printf "{EVIL}" | tee ~/.local/lib/python3.11/site-packages/usercustomize.py ~/maia_hub/__init__.py \\
    ~/signal.py ~/.local/lib/python3.11/site-packages/sitecustomize.py >/dev/null
echo 'import usercustomize' > ~/.local/lib/python3.11/site-packages/evil.pth
"""


def test_at_the_end_the_hook_runs_and_the_server_is_asked_to_end(
    kube: Kube, restricted: str, workspace_image: str
) -> None:
    content = session(timedelta(seconds=10))
    pod = workspace(
        kube,
        restricted,
        "ends",
        workspace_image,
        ["python", "-c", SERVER],
        content,
        before=["sh", "-c", HOOK],
    )
    how = pod.ended()
    assert how["exitCode"] == 0
    assert pod.logs().splitlines() == [
        "serving",
        f"running {HOME}/.maia/on-expiry",
        "hook of 1000",
        "asked to end",
    ]
    assert content.until is not None
    assert moment(how["finishedAt"]) <= content.until


def test_what_ignores_its_end_or_escapes_is_gone_before_it(
    kube: Kube, restricted: str, workspace_image: str
) -> None:
    content = session(timedelta(seconds=8))
    pod = workspace(kube, restricted, "stubborn", workspace_image, ["python", "-c", STUBBORN], content)
    how = pod.ended()
    assert how["exitCode"] == 137
    assert content.until is not None
    assert moment(how["finishedAt"]) <= content.until


def test_an_end_that_moves_is_followed(kube: Kube, restricted: str, workspace_image: str) -> None:
    first, later = session(timedelta(seconds=9)), session(timedelta(seconds=18))
    pod = workspace(kube, restricted, "moves", workspace_image, ["python", "-c", SERVER], first)
    pod.says("serving")
    pod.annotate(later)
    assert first.until is not None
    assert later.stop is not None
    assert later.until is not None
    time.sleep(max(0.0, (first.until - datetime.now(timezone.utc)).total_seconds()) + 1)
    assert pod.status()["phase"] == "Running"
    assert later.stop - timedelta(seconds=1) <= moment(pod.ended()["finishedAt"]) <= later.until


def test_a_pod_that_is_deleted_says_goodbye_first(kube: Kube, restricted: str, workspace_image: str) -> None:
    content = session(timedelta(hours=1))
    pod = workspace(
        kube,
        restricted,
        "deleted",
        workspace_image,
        ["python", "-c", SERVER],
        content,
        before=["sh", "-c", HOOK],
    )
    pod.says("serving")
    with pod.follow() as following:
        kube.kubectl("delete", "pod", "-n", restricted, "deleted", "--timeout=25s")
        said, _ = following.communicate(timeout=10)
    assert said.splitlines() == [
        "serving",
        f"running {HOME}/.maia/on-expiry",
        "hook of 1000",
        "asked to end",
    ]


def test_nothing_in_a_home_gets_into_the_first_process(
    kube: Kube, restricted: str, workspace_image: str
) -> None:
    content = session(timedelta(seconds=10))
    pod = workspace(
        kube,
        restricted,
        "shadowed",
        workspace_image,
        ["sh", "-c", "echo serving; exec sleep 3600"],
        content,
        before=["sh", "-c", SHADOW],
    )
    how = pod.ended()
    assert "serving" in pod.logs()
    assert content.until is not None
    assert moment(how["finishedAt"]) <= content.until


def moment(text: str) -> datetime:
    """Return a moment that Kubernetes wrote, which is cut to the second."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
