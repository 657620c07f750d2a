"""What an image brings and what it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.images import building
from tests.images.pods import Pod, plain
from tests.kube import images
from tests.kube.kube import Kube

USERS = {"workspace": "1000:1000", "hub": "65532:65532", "service": "65532:65532", "proxy": "65532:65532"}
OPEN = """
exec 2>/dev/null
find / -xdev \\( -type f -perm /6000 -o -path '/opt/*' -not -type l \\( -perm -o+w -o -not -user root \\) \\)
true
"""
IDLE = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {15}); signal.sigwait({15})"
EVERY_MODULE = """
import importlib, pkgutil, sys
left_out = {given}
def walk(name):
    if name in left_out or name.endswith('__main__') or '.migrations.' in name:
        return
    module = importlib.import_module(name)
    for found in pkgutil.iter_modules(getattr(module, '__path__', ())):
        walk(name + '.' + found.name)
for name in {names}:
    walk(name)
print([m for m in {absent} if importlib.util.find_spec(m)])
"""


@pytest.mark.parametrize("image", building.DOCKERFILES)
def test_an_image_runs_as_an_ordinary_user_and_keeps_nothing_of_its_build(image: str) -> None:
    building.built(image)
    said = images.buildah("inspect", "--type", "image", building.name(image))
    config: dict[str, Any] = json.loads(said)["OCIv1"]["config"]
    assert config["User"] == USERS[image]
    assert "LANG=C.UTF-8" in config["Env"]
    assert "PIP_CERT" not in said
    assert "CA_CERTS" not in said


def test_a_workspace_carries_what_jupyterlab_needs_and_nothing_of_the_hub(
    kube: Kube, restricted: str, workspace_image: str
) -> None:
    code = modules(
        [
            "maia_lab",
            "maia_hub.core",
            "maia_hub.client",
            "maia_hub.hpc",
            "maia_hub.imaging",
            "maia_hub.simulation",
            "maia_hub.supervise",
        ],
        absent=["apprise", "kubespawner", "kubernetes_asyncio", "nvidia", "psycopg", "pytest"],
    )
    pod = idle(kube, restricted, "contents-workspace", workspace_image)
    assert pod.run("python", "-c", code) == "[]\n"
    assert pod.run("bash", "-c", OPEN) == ""
    extensions = pod.run("bash", "-c", "jupyter labextension list 2>&1")
    assert "@maia-hub/lab" in extensions
    assert "@jupyter-widgets/jupyterlab-manager" in extensions
    assert pod.run("python", "-c", "import sklearn") == ""
    assert "berzelius" in pod.run("bash", "-c", "HOME=/tmp maia hpc systems")


def test_the_hubs_image_brings_jupyterhub_and_the_spawner(
    kube: Kube, restricted: str, hub_image: str
) -> None:
    code = modules(
        [
            "maia_spawner",
            "maia_hub.core",
            "maia_hub.client",
            "oauthenticator.generic",
            "jupyterhub_idle_culler",
        ],
        absent=["fastapi", "jupyterlab", "numpy", "pip", "pytest"],
    )
    pod = idle(kube, restricted, "contents-hub", hub_image)
    assert pod.run("python", "-c", code) == "[]\n"
    assert pod.run("bash", "-c", OPEN) == ""
    assert pod.run("jupyterhub", "--version").startswith("6.")


def test_the_services_image_imports_every_part_of_the_service_without_jupyterhub(
    kube: Kube, restricted: str, service_image: str
) -> None:
    code = modules(
        ["maia_hub"],
        left_out=[
            "maia_hub.embedded",
            "maia_hub.cli.up",
            "maia_hub.hpc",
            "maia_hub.cli.hpc",
            "maia_hub.imaging",
            "maia_hub.monailabel",
            "maia_hub.cli.monailabel",
            "maia_hub.tools.guards",  # they run in the environments of the tools
            "maia_hub.hub.idle_culler_config",
        ],
        absent=["jupyterhub", "kubespawner", "jupyterlab", "numpy", "pip", "pytest"],
    )
    pod = idle(kube, restricted, "contents-service", service_image)
    assert pod.run("python", "-c", code) == "[]\n"
    assert pod.run("bash", "-c", OPEN) == ""
    assert "Usage" in pod.run("maia", "--help")
    assert pod.run("python", "-c", "import minio") == ""  # cards of object stores tell of their buckets
    for program in ("pg_dump", "pg_restore", "psql"):
        assert " 15." in pod.run(program, "--version")


def modules(names: list[str], *, absent: list[str], left_out: list[str] | None = None) -> str:
    """Return a program that imports every module of packages and prints which of the absent ones are there."""
    return EVERY_MODULE.format(names=names, absent=absent, given=set(left_out or ["-"]))


def idle(kube: Kube, namespace: str, name: str, image: str) -> Pod:
    """Start a pod that waits to be asked."""
    mounts = [{"name": "idle", "mountPath": "/tmp"}]
    command = ["python", "-c", IDLE]
    container = {"name": "idle", "image": image, "command": command, "volumeMounts": mounts}
    pod = plain(kube, namespace, name, [container])
    kube.kubectl("wait", "pod", name, "-n", namespace, "--for=condition=Ready", "--timeout=60s")
    return pod
