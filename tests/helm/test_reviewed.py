"""Whoever makes a pod, in the product as it is installed without a word: the review, on the file of a small site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from maia_hub.core.accounts import account_of
from maia_hub.core.ids import UserName
from maia_spawner.refusals import UNANSWERED
from tests.helm.product import WORKSPACES, Person, Product, installed
from tests.kube import gpus
from tests.kube.helm import NAMESPACE
from tests.kube.kube import Kube
from tests.platform import eventually

ACCOUNT = account_of(UserName("alice"))
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"
"""A program that stays when it is told to stop."""
LATE = timedelta(seconds=5)


@pytest.fixture(scope="module")
def product(
    kube: Kube, node: str, release: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    # Servers that do nothing but answer, so that bookings can be short.
    values = {
        "workspaces": {"home": {"kind": "nowhere"}},
        "hub": {"config": {"KubeSpawner": {"cmd": ["python3", "-m", "http.server", "8888"]}}},
    }
    with installed(kube, tmp_path_factory.mktemp("volumes"), values) as running:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT}}
        kube.kubectl("create", "-n", WORKSPACES, "-f", "-", given=json.dumps(account))
        yield running


@pytest.fixture
def alice(product: Product) -> Iterator[Person]:
    """Somebody whose server and Jobs are ended afterwards."""
    with Person(product, "alice") as person:
        yield person
        person.hub("DELETE", "/users/alice/server")
        product.kube.kubectl("delete", "jobs", "--all", "-n", WORKSPACES)
        eventually(lambda: not pods(product), "nothing of hers is left", 60, every=0.3)


def pods(product: Product) -> list[dict[str, Any]]:
    """Return the pods of users."""
    found: list[dict[str, Any]] = product.kube.get("pods", "-n", WORKSPACES)["items"]
    return found


def job(image: str, code: str, **spec: object) -> dict[str, Any]:
    """Return a Job of alice's that runs Python on a GPU, and would take its time to stop."""
    nobody = {"type": "RuntimeDefault"}
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "Never",
        "command": ["python3", "-c", code],
        "resources": {"limits": {gpus.GPU: "1"}},
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": nobody,
        },
    }
    template = {
        "serviceAccountName": ACCOUNT,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 3600,
        "automountServiceAccountToken": False,
        "containers": [container],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "train"},
        "spec": {"backoffLimit": 3, **spec, "template": {"spec": template}},
    }


def submit(product: Product, made: dict[str, Any]) -> None:
    product.kube.kubectl("create", "-n", WORKSPACES, "-f", "-", given=json.dumps(made))


def of_job(product: Product) -> list[dict[str, Any]]:
    """Return the pods of the Job, the oldest first."""
    found = [p for p in pods(product) if "job-name" in p["metadata"].get("labels", {})]
    return sorted(found, key=lambda p: str(p["metadata"]["creationTimestamp"]))


def phases(product: Product) -> list[str]:
    """Return how the Job's pods are."""
    return [pod["status"].get("phase", "") for pod in of_job(product)]


def container(pod: dict[str, Any], state: str, moment: str) -> datetime:
    """Return when the pod's container came or went."""
    (status,) = pod["status"]["containerStatuses"]
    return datetime.fromisoformat(status["state"][state][moment].replace("Z", "+00:00"))


def refusals(product: Product) -> str:
    """Return why no more pods were made of the Job."""
    only = ("--field-selector", "reason=FailedCreate")
    return "\n".join(e["message"] for e in product.kube.get("events", "-n", WORKSPACES, *only)["items"])


def image(product: Product) -> str:
    """Return the image of the one server that there is."""
    (pod,) = pods(product)
    return str(pod["spec"]["containers"][0]["image"])


def test_a_jobs_pods_have_the_gpu_one_after_the_other_and_until_its_end(
    product: Product, alice: Person
) -> None:
    alice.start("cpu")
    booking = alice.book(60)
    early = (booking.start + timedelta(seconds=20)).timestamp()
    failing = f"import sys, time; time.time() < {early} and (time.sleep(4), sys.exit(3))"
    submit(product, job(image(product), f"{failing}\n{STUBBORN}", parallelism=2, completions=2))

    eventually(lambda: "Running" in phases(product), f"the first runs\n{product.logs()}", 40, every=0.2)
    (first,) = of_job(product)
    assert first["metadata"]["annotations"]["maia.io/booking"] == str(booking.id)
    assert first["spec"]["priorityClassName"] == "maia-booked"
    eventually(lambda: "none is free" in refusals(product), "a second beside it is refused", 30, every=0.2)
    eventually(
        lambda: datetime.now(timezone.utc) > booking.end and "Running" not in phases(product),
        f"the last ends\n{product.logs()}",
        120,
        every=0.3,
    )
    ran = of_job(product)
    assert len(ran) > 1
    assert ran[-1]["status"]["reason"] == "DeadlineExceeded"
    for one, following in pairwise(ran):
        assert container(one, "terminated", "finishedAt") <= container(following, "terminated", "startedAt")
    assert booking.end - LATE < container(ran[-1], "terminated", "finishedAt") <= booking.end + LATE
    eventually(lambda: "no booking that runs now" in refusals(product), "no other comes", 90, every=0.5)
    assert len(of_job(product)) == len(ran)
    assert alice.ready()


def test_while_the_review_is_away_servers_without_a_gpu_and_the_platform_start(
    product: Product, alice: Person
) -> None:
    scale = ("scale", "deployment/maia-hub-admission", "-n", NAMESPACE)
    product.kube.kubectl(*scale, "--replicas=0")
    eventually(lambda: not product.pods("admission"), "no review runs", 30, every=0.2)
    try:
        booking = alice.book(300)
        refused = alice.hub("POST", "/users/alice/server", json={"user_options": {"maia_choice": "booked"}})
        assert (refused.status_code, refused.json()["message"]) == (503, UNANSWERED)
        alice.start("cpu")
        (server,) = pods(product)
        submit(product, job(image(product), STUBBORN))
        eventually(lambda: "failed calling webhook" in refusals(product), "no GPU is given", 30, every=0.2)
        product.kube.kubectl("delete", "pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/component=service")
        status = ("rollout", "status", "deployment/maia-hub-service", "-n", NAMESPACE, "--timeout=90s")
        product.kube.kubectl(*status)
        assert [each["metadata"]["uid"] for each in pods(product)] == [server["metadata"]["uid"]]
        with alice.client() as client:
            client.release(booking.id)
    finally:
        product.kube.kubectl(*scale, "--replicas=1")
        back = ("rollout", "status", "deployment/maia-hub-admission", "-n", NAMESPACE, "--timeout=90s")
        product.kube.kubectl(*back)


def test_a_booked_server_passes(product: Product, alice: Person) -> None:
    alice.book(90)
    alice.start("booked")
    (server,) = pods(product)
    assert gpus.of_pod(server) == 1
    assert server["metadata"]["labels"]["maia.io/kind"] == "booked"
