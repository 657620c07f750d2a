"""A group's folder on a real cluster: in the servers of its members and the staff, and in nobody else's."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from maia_hub.client import models as m
from tests.deployed.site import SERVERS, Site, site
from tests.images.pods import SECURITY
from tests.kube.helm import applied
from tests.kube.kube import Kube
from tests.platform import eventually

CLAIM = "groups"
HUB = f"""
c.Authenticator.admin_users = {{"tom"}}
c.MaiaSpawner.shared_claim = "{CLAIM}"
"""
ROSTER = "A,alice\nA,bob\nB,carol\n"
WORKSPACES_GROUP = 1000
SHARED = "/home/jovyan/shared"


@pytest.fixture(scope="module")
def running(kube: Kube, node: str, release: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a class of two groups, a claim for them, and the chart's policy before it."""
    folder = tmp_path_factory.mktemp("groups")
    values = {"workspaces": {"shared": {"existingClaim": CLAIM}}}
    with site(kube, tmp_path_factory.mktemp("site"), HUB) as started:
        kube.apply(*_claim(_prepared(folder)))
        try:
            with applied(kube, "maia-hub", "admission/own-folders.yaml", values):
                _made(started)
                yield started
        finally:
            kube.kubectl("delete", "pv", "deployed-groups", "--wait=false")


def _prepared(folder: Path) -> Path:
    """Do what the chart's README asks of a site whose storage knows no fsGroup, such as NFS."""
    os.chown(folder, 0, WORKSPACES_GROUP)
    folder.chmod(0o2770)
    return folder


def _claim(folder: Path) -> Iterator[dict[str, Any]]:
    shared = {"accessModes": ["ReadWriteMany"], "storageClassName": "", "volumeName": "deployed-groups"}
    size = {"storage": "100Mi"}
    volume = {"accessModes": ["ReadWriteMany"], "capacity": size, "hostPath": {"path": str(folder)}}
    meta = {"name": "deployed-groups"}
    yield {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": meta, "spec": volume}
    spec = {**shared, "resources": {"requests": size}}
    meta = {"name": CLAIM, "namespace": SERVERS}
    yield {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}


def _made(running: Site) -> None:
    """Let an administrator make the class in the portal."""
    with httpx.Client(base_url=running.url, follow_redirects=True, trust_env=False, timeout=30) as tom:
        page = tom.get("/hub/login")
        form = {"username": "tom", "password": "x", "_xsrf": tom.cookies["_xsrf"]}
        tom.post("/hub/login", data=form, headers={"Referer": str(page.url)})
        tom.get("/services/maia/")
        tom.headers["X-XSRFToken"] = tom.get("/services/maia/api/v1/me").json()["xsrf"]
        with running.client("tom") as client:
            state = client.state()
        asked = m.ClassRequest(
            name="Deep learning: 2026",
            project="default",
            pool=state.pools[0].id,
            start=state.now,
            end=state.now + timedelta(minutes=30),
            rule="FREQ=WEEKLY;COUNT=1",
            zone="UTC",
            roster=ROSTER,
            staff=[],
        )
        answer = tom.post("/services/maia/api/v1/classes", json=asked.model_dump(mode="json"))
        assert answer.status_code == 201, answer.text


def sh(running: Site, user: str, script: str) -> str:
    """Run a script in the one folder that a user's server shares; return what it printed."""
    return running.run(user, "sh", "-ec", f"cd {SHARED}/*/; {script}").strip()


def folders(running: Site, user: str) -> set[str]:
    """Start the user's server and return which folders she finds, without the part of the group's id."""
    running.start_server(user)
    many = len(_mounts(running, user))
    eventually(lambda: len(_listed(running, user)) == many, f"all folders are there\n{running.logs()}", 60)
    return {name.rpartition("-")[0] for name in _listed(running, user)}


def _listed(running: Site, user: str) -> list[str]:
    try:
        return running.run(user, "ls", SHARED).split()
    except RuntimeError:  # the links are made once the server's extension has started
        return []


def test_two_servers_of_a_group_write_each_others_files_and_a_third_has_not_got_them(running: Site) -> None:
    assert folders(running, "alice") == folders(running, "bob") == {"Deep-learning-2026-A"}
    sh(running, "alice", "umask 077; mkdir data; echo 1 > data/results.csv")
    assert sh(running, "bob", "echo 2 >> data/results.csv; cat data/results.csv") == "1\n2"
    assert sh(running, "alice", "cat data/results.csv; rm -r data; ls") == "1\n2"

    assert folders(running, "carol") == {"Deep-learning-2026-B"}
    mine, theirs = (_mounts(running, user) for user in ("carol", "alice"))
    assert mine.isdisjoint(theirs)
    assert folders(running, "tom") == {"Deep-learning-2026-A", "Deep-learning-2026-B"}, "he is its teacher"
    assert _mounts(running, "tom") == mine | theirs


def _mounts(running: Site, user: str) -> set[str]:
    """Return which parts of the claim the user's pod has."""
    spec = running.pod(user)["spec"]
    (volume,) = [
        v["name"] for v in spec["volumes"] if v.get("persistentVolumeClaim", {}).get("claimName") == CLAIM
    ]
    mounts = [mount for each in spec["containers"] for mount in each["volumeMounts"]]
    return {str(each["subPath"]) for each in mounts if each["name"] == volume}


def test_a_pod_of_ones_own_cannot_mount_them(running: Site) -> None:
    (own,) = _mounts(running, "alice")
    volume = {"name": "v", "persistentVolumeClaim": {"claimName": CLAIM}}
    mount = {"name": "v", "mountPath": "/all", "subPath": own}
    container = {"name": "a", "image": "x", "volumeMounts": [mount], "securityContext": SECURITY}
    spec = {"containers": [container], "volumes": [volume]}
    made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "own"}, "spec": spec}
    command = ("create", "-n", SERVERS, "--dry-run=server", "-f", "-")
    with pytest.raises(RuntimeError, match="mounted by the hub alone"):
        running.kube.kubectl(*command, given=json.dumps(made))
