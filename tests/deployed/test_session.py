"""A GPU session on a real cluster: booked, started, extended, ended, and back on CPU."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from maia_hub.desk.texts import BACK
from tests.deployed.site import SERVERS, Site, site
from tests.kube import gpus
from tests.kube.kube import Kube
from tests.platform import eventually

CARELESS = """
def careless(spawner, pod):
    if spawner.user.name == "bob":
        pod.spec.host_network = True
    return pod

def foreign(spawner):
    spawner.supervised = spawner.user.name != "carol"

c.KubeSpawner.modify_pod_hook = careless
c.Spawner.pre_spawn_hook = foreign
"""
"""A site's hooks: bob's pods ask for what the cluster forbids, carol's image knows nothing of a supervisor."""


@pytest.fixture(scope="module")
def running(kube: Kube, node: str, release: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(kube, tmp_path_factory.mktemp("site"), CARELESS) as started:
        yield started


def uid_of(pod: dict[str, Any]) -> str:
    return str(pod["metadata"]["uid"]) if pod else ""


def end_on(pod: dict[str, Any]) -> str:
    return str(json.loads(pod["metadata"]["annotations"]["maia.io/session"])["until"])


def test_a_booked_server_has_its_gpu_until_its_extended_end_and_comes_back_on_cpu(running: Site) -> None:
    booking = running.book("alice", 45)
    running.start_server("alice", "booked")
    pod = running.pod("alice")
    assert gpus.of_pod(pod) == 1
    assert pod["spec"]["priorityClassName"] == "maia-booked"
    assert pod["spec"]["activeDeadlineSeconds"] > 45
    first_end = end_on(pod)

    with running.client("alice") as client:
        longer = client.extend(booking.id, booking.end + timedelta(seconds=15))
    eventually(lambda: end_on(running.pod("alice")) != first_end, "the pod is told of its new end", 5)
    inside = eventually(lambda: told(running, first_end), "the server is told of its new end", 10)
    assert datetime.fromisoformat(inside) == longer.end

    eventually(lambda: datetime.now(timezone.utc) > booking.end, "the old end has passed", 60)
    assert uid_of(running.pod("alice")) == uid_of(pod)
    eventually(lambda: uid_of(running.pod("alice")) != uid_of(pod), "the pod is gone", 60, every=0.2)
    assert (
        longer.end - timedelta(seconds=5) <= datetime.now(timezone.utc) <= longer.end + timedelta(seconds=5)
    )
    eventually(lambda: running.server("alice").get("ready"), f"it is ready\n{running.logs()}", 60)
    after = running.pod("alice")
    assert gpus.of_pod(after) == 0
    assert after["spec"]["priorityClassName"] == "maia-cpu"
    assert running.run("alice", "printenv", "NVIDIA_VISIBLE_DEVICES").strip() == "void"
    with running.client("alice") as client:
        (notice,) = [each for each in client.state().notices if each.kind == "expired"]
    assert notice.title == "Your GPU time has ended"


def test_an_image_without_supervisor_ends_as_booked_and_comes_back_with_what_is_left(running: Site) -> None:
    running.client("carol").close()
    booking = running.book("carol", 45)
    running.start_server("carol", "booked")
    pod = running.pod("carol")
    assert gpus.of_pod(pod) == 1
    assert pod["spec"]["activeDeadlineSeconds"] <= 45
    with running.client("carol") as client:
        longer = client.extend(booking.id, booking.end + timedelta(seconds=60))
        assert longer.fixed_until == booking.end
        (session,) = client.state().sessions
        assert (session.fixed, session.until, session.extendable_until) == (True, booking.end, None)
        eventually(lambda: uid(running.pod("carol")) != pod["metadata"]["uid"], "it ends", 60)
        assert datetime.now(timezone.utc) < booking.end + timedelta(seconds=5) < longer.end
        title = BACK["renewed"][0]
        eventually(lambda: [n for n in client.state().notices if n.title == title], "it is back", 60)
        assert gpus.of_pod(running.pod("carol")) == 1
        (session,) = client.state().sessions
        assert (session.kind, session.until) == ("booked", longer.end)


def uid(pod: dict[str, Any]) -> str | None:
    return str(pod["metadata"]["uid"]) if pod else None


def told(running: Site, before: str) -> str | None:
    """Return the end that the server's own file names, once it is another one."""
    end = str(json.loads(running.run("alice", "cat", "/run/maia/session/grant.json"))["until"])
    return end if end != before else None


def refused(running: Site, user: str) -> str:
    """Start a server that the cluster refuses; return the words that its user reads."""
    running.client(user).close()
    running.hub("DELETE", f"/users/{user}/server")
    eventually(lambda: running.server(user) == {}, "no server runs", 60)
    began = running.hub("POST", f"/users/{user}/server", json={"user_options": {"maia_choice": "cpu"}})
    assert began.status_code == 403, f"it is refused at once: {began.status_code} {began.text}"
    assert running.server(user) == {}
    assert running.pod(user) == {}
    return str(began.json()["message"])


def test_a_full_quota_is_told_at_once_and_in_words(running: Site) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "full", "namespace": SERVERS},
        "spec": {"hard": {"pods": "0"}},
    }
    running.kube.apply(quota)
    name = ("resourcequota", "full", "-n", SERVERS)
    try:
        eventually(lambda: running.kube.get(*name).get("status", {}).get("hard"), "the quota counts", 20)
        assert re.fullmatch(
            r"The quota of this project is used up \(pods: \d of 0 are in use, and this server needs 1\)\. "
            r"Stop another server, choose a smaller one, or ask the administrator\.",
            refused(running, "alice"),
        )
    finally:
        running.kube.kubectl("delete", *name)
    running.start_server("alice")


def test_a_pod_that_the_clusters_policies_forbid_is_told_at_once_and_in_words(running: Site) -> None:
    assert "hostNetwork" in refused(running, "bob")
