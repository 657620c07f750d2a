"""No pod on a real API server gets a GPU that was not granted to it or booked by its user, whatever is tried."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from maia_hub.core.ids import DEFAULT_PROJECT, DEFAULT_SERVER, UserName
from maia_hub.desk import Grant
from tests.admission.gate import GPU, HUB, account, of_hub, pod
from tests.admission.wall import SPACE, Wall, clock, cpu, standing
from tests.kube.kube import Kube
from tests.platform import eventually


@pytest.fixture(scope="module")
def wall(kube: Kube, release: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wall]:
    with standing(kube, tmp_path_factory.mktemp("wall")) as made:
        yield made


@pytest.fixture(autouse=True)
def _clear(wall: Wall) -> Iterator[None]:
    """Let every test begin without pods, leases and bookings."""
    yield
    wall.kube.kubectl("delete", "jobs,deployments,pods", "--all", "-n", SPACE, "--grace-period=0", "--force")
    with wall.office.store.write() as tx:
        for table in ("pods", "lease_gpus", "leases", "bookings"):
            if table == "lease_gpus":
                tx.connection.exec_driver_sql("UPDATE leases SET released = since, ended_by = 'stopped'")
                tx.connection.exec_driver_sql("UPDATE lease_gpus SET live = 0")
            tx.connection.exec_driver_sql(f"DELETE FROM {table}")


def granted(wall: Wall, user: str) -> Grant:
    wall.book(user)
    given = wall.office.desk.grant(UserName(user), DEFAULT_SERVER, DEFAULT_PROJECT, "booked", clock())
    assert isinstance(given, Grant)
    return given


def job(account_name: str | None = None) -> dict[str, Any]:
    template = pod(restartPolicy="Never", **({"serviceAccountName": account_name} if account_name else {}))
    template["metadata"] = {}
    spec = {"template": template, "backoffLimit": 0}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}, "spec": spec}


def test_a_persons_pod_gets_what_she_booked(wall: Wall) -> None:
    booking = wall.book("ada")
    stored = wall.create("oidc:ada")
    (lease,) = wall.leases("ada")
    assert stored["metadata"]["labels"]["maia.io/grant"] == str(lease.id)
    assert stored["spec"]["priority"] == 1000
    assert 3500 < stored["spec"]["activeDeadlineSeconds"] < 3600
    assert stored["spec"]["activeDeadlineSeconds"] + stored["spec"]["terminationGracePeriodSeconds"] <= 3600
    assert lease.booking == booking.id
    with pytest.raises(
        RuntimeError, match=r"denied the request: .*of the 1 that ada has booked none is free"
    ):
        wall.create("oidc:ada")


def test_a_pod_without_a_booking_is_refused_in_words(wall: Wall) -> None:
    with pytest.raises(RuntimeError, match=r"ada has no booking that runs now.*Book one in the portal"):
        wall.create("oidc:ada")


def test_the_hubs_pod_passes_once(wall: Wall) -> None:
    made = of_hub(granted(wall, "ada"), "ada")
    wall.create(HUB, made)
    with pytest.raises(RuntimeError, match="Another pod already has this grant's GPU"):
        wall.create(HUB, made)


@pytest.mark.parametrize("who", ["oidc:ben", account("ben", SPACE)])
def test_another_users_grant_or_name_is_of_no_use(wall: Wall, who: str) -> None:
    made = of_hub(granted(wall, "ada"), "ada")
    with pytest.raises(RuntimeError, match="written by the platform alone"):
        wall.create(who, made)
    for part in ("labels", "annotations"):
        named = pod()
        named["metadata"][part] = {"hub.jupyter.org/username": "ada"}
        with pytest.raises(RuntimeError, match="ben has no booking"):
            wall.create(who, named)


@pytest.mark.parametrize(
    "change",
    [
        {"nodeName": "elsewhere"},
        {"containers": [{"name": "a", "image": "x", "resources": {"limits": {GPU: "2000m"}}}]},
        {
            "containers": [
                {"name": "a", "image": "x", "resources": {"limits": {"nvidia.com/mig-1g.10gb": "1"}}}
            ]
        },
        {"initContainers": [{"name": "i", "image": "x", "resources": {"limits": {GPU: 2}}}]},
        {
            "initContainers": [
                {"name": "i", "image": "x", "restartPolicy": "Always", "resources": {"limits": {GPU: 1}}}
            ]
        },
    ],
)
def test_other_gpus_than_granted_or_booked_are_refused(wall: Wall, change: dict[str, Any]) -> None:
    made = of_hub(granted(wall, "ada"), "ada")
    made["spec"] |= change
    with pytest.raises(RuntimeError, match="not what was granted"):
        wall.create(HUB, made)
    wall.book("ben")
    with pytest.raises(RuntimeError, match=r"1 of them are booked|ben's booking is of|not what was granted"):
        wall.create("oidc:ben", pod(**change))
    assert wall.leases("ben") == []


def test_an_init_container_alone_is_looked_at(wall: Wall) -> None:
    made = cpu(initContainers=[{"name": "i", "image": "x", "resources": {"limits": {GPU: "1"}}}])
    with pytest.raises(RuntimeError, match="ada has no booking"):
        wall.create("oidc:ada", made)


def test_what_was_written_cannot_be_edited_or_deleted(wall: Wall, kube: Kube) -> None:
    wall.book("ada")
    name = wall.create("oidc:ada")["metadata"]["name"]
    for path in ("labels/maia.io~1grant", "annotations/maia.io~1until", "annotations/maia.io~1booking"):
        for change in (
            '{"op": "remove", "path": "/metadata/%s"}',
            '{"op": "add", "path": "/metadata/%s", "value": "x"}',
        ):
            with pytest.raises(RuntimeError, match="written by the platform alone"):
                kube.kubectl(
                    "patch",
                    "pod",
                    name,
                    "-n",
                    SPACE,
                    "--as",
                    "oidc:ada",
                    "--type=json",
                    "-p",
                    f"[{change % path}]",
                )


def test_nobody_gives_a_pod_more_time_to_stop_than_it_has(wall: Wall, kube: Kube) -> None:
    made = cpu(
        nodeName="gone", terminationGracePeriodSeconds=5
    )  # on a node: else there is nothing to wait for
    made["metadata"]["labels"] = {"maia.io/grant": "any"}
    name = wall.create(HUB, made)["metadata"]["name"]
    delete = ("delete", "pod", name, "-n", SPACE, "--as", "oidc:ada", "--wait=false")
    with pytest.raises(RuntimeError, match="not given more time to stop than it has"):
        kube.kubectl(*delete, "--grace-period=6")
    with pytest.raises(RuntimeError, match="not given more time to stop than it has"):
        evict(kube, name, 6, "--as", "oidc:ada")
    assert "deletionTimestamp" not in wall.pods()[0]["metadata"]
    kube.kubectl(*delete)
    assert wall.pods()[0]["metadata"]["deletionGracePeriodSeconds"] == 5


def test_who_drains_a_node_says_how_long_that_may_take(wall: Wall, kube: Kube) -> None:
    name = wall.create("oidc:ada", cpu(nodeName="gone", terminationGracePeriodSeconds=30))["metadata"]["name"]
    with pytest.raises(RuntimeError, match="Leave the grace period out"):
        evict(kube, name, 20, "--as", "oidc:ada")
    evict(kube, name, 20)
    assert wall.pods()[0]["metadata"]["deletionGracePeriodSeconds"] == 20


def evict(kube: Kube, name: str, grace: int, *options: str) -> None:
    """Ask the API server to evict a pod, as a drain does."""
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": SPACE},
        "deleteOptions": {"gracePeriodSeconds": grace},
    }
    path = f"/api/v1/namespaces/{SPACE}/pods/{name}/eviction"
    kube.kubectl("create", "--raw", path, *options, "-f", "-", given=json.dumps(eviction))


def test_a_job_runs_for_the_owner_of_its_account(wall: Wall) -> None:
    wall.book("ada")
    wall.create(account("ada", SPACE), job("maia-user-ada"))
    eventually(wall.pods, "the Job's pod is made", 20, every=0.2)
    (made,), (lease,) = wall.pods(), wall.leases("ada")
    assert made["metadata"]["labels"]["maia.io/grant"] == str(lease.id)
    assert lease.server.startswith(f"pod:{SPACE}/")


def test_a_job_of_nobody_makes_no_pod_and_says_why(wall: Wall, kube: Kube) -> None:
    wall.book("ada")
    wall.create("oidc:ada", job())
    eventually(
        lambda: "belongs to no user" in kube.kubectl("get", "events", "-n", SPACE, "-o", "yaml"),
        "it is said",
        20,
    )
    assert wall.pods() == []


def test_nobody_runs_pods_as_another_user(wall: Wall) -> None:
    wall.book("ada")
    wall.book("ben")  # so that it is not for want of a booking of his own
    template = job("maia-user-ada")["spec"]["template"]
    template["metadata"] = {"labels": {"a": "b"}}
    template["spec"].pop("restartPolicy")  # what stays up knows no other than Always
    deployment = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    cron = {"schedule": "* * * * *", "jobTemplate": {"spec": job("maia-user-ada")["spec"]}}
    tries: list[dict[str, Any]] = [
        pod(serviceAccountName="maia-user-ada"),
        pod(serviceAccount="maia-user-ada"),
        cpu(serviceAccountName="maia-user-ada"),
        {**job("maia-user-ada")},
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "x"}, "spec": cron},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": deployment},
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "x"}, "spec": deployment},
    ]
    for made in tries:
        for who in ("oidc:ben", account("ben", SPACE)):
            with pytest.raises(RuntimeError, match="maia-user-ada belongs to a user"):
                wall.create(who, made)


@pytest.mark.parametrize("metadata", [{"name": "maia-user-eve"}, {"generateName": "maia-user-e"}])
def test_nobody_makes_accounts_of_users(wall: Wall, kube: Kube, metadata: dict[str, str]) -> None:
    made = json.dumps({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    with pytest.raises(RuntimeError, match="belong to users"):
        kube.kubectl("create", "-n", SPACE, "--as", "oidc:eve", "-f", "-", given=made)


def test_a_dry_run_reserves_nothing(wall: Wall) -> None:
    wall.book("ada")
    stored = wall.create("oidc:ada", None, "--dry-run=server")
    assert stored["metadata"]["labels"]["maia.io/kind"] == "booked"
    assert wall.leases("ada") == []


def test_of_twenty_pods_that_race_for_one_gpu_one_is_made(wall: Wall) -> None:
    wall.book("ada")

    def attempt(_: int) -> str:
        try:
            return str(wall.create("oidc:ada")["metadata"]["name"])
        except RuntimeError as e:
            return str(e)

    with ThreadPoolExecutor(20) as threads:
        said = list(threads.map(attempt, range(20)))
    made = [each for each in said if each.startswith("tried-")]
    assert len(made) == 1
    assert sum("none is free" in each for each in said) == 19, said
    assert [each["metadata"]["name"] for each in wall.pods()] == made
    assert len(wall.leases("ada")) == 1


def test_while_the_review_is_away_no_gpu_is_given_and_cpu_pods_do_not_notice(wall: Wall) -> None:
    wall.book("ada")
    wall.webhook.stop()
    try:
        with pytest.raises(RuntimeError, match="failed calling webhook"):
            wall.create("oidc:ada")
        with pytest.raises(RuntimeError, match="failed calling webhook"):
            wall.create(HUB, pod())
        stored = wall.create("oidc:ada", cpu())
        assert {"name": "NVIDIA_VISIBLE_DEVICES", "value": "void"} in stored["spec"]["containers"][0]["env"]
    finally:
        wall.webhook.start()
    wall.create("oidc:ada")


def test_another_namespace_is_not_looked_at(wall: Wall, kube: Kube) -> None:
    made = json.dumps({"apiVersion": "v1", "kind": "Pod", **pod()})
    with kube.namespace("review-elsewhere"):
        assert kube.kubectl("create", "-n", "review-elsewhere", "--dry-run=server", "-f", "-", given=made)
