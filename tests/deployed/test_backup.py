"""A backup on a real cluster: by the chart's CronJob onto a volume, and from there into a database that is new."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helm.product import CLASS, Person, Product, installed
from tests.kube.helm import NAMESPACE
from tests.kube.kube import Kube
from tests.platform import eventually

CLAIM = "backups"
VALUES = {"backup": {"existingClaim": CLAIM, "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}}}}
PROGRAMS = ("maia-hub-service", "maia-hub-admission")


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders that are the cluster's volumes, by the names of their claims."""
    return tmp_path_factory.mktemp("volumes")


@pytest.fixture(scope="module")
def product(kube: Kube, node: str, release: str, volumes: Path) -> Iterator[Product]:
    with installed(kube, volumes, VALUES) as running:
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": CLASS,
            "resources": {"requests": {"storage": "100Mi"}},
        }
        meta = {"name": CLAIM, "namespace": NAMESPACE}
        kube.apply({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec})
        yield running


def test_what_the_cronjob_wrote_brings_back_the_bookings_of_a_database_that_is_gone(
    product: Product, volumes: Path
) -> None:
    with Person(product, "alice") as alice:
        kept = alice.book(3600)
    said = _done(product, "backup-now")
    (file,) = (volumes / CLAIM).glob("maia-*.maia")
    assert f"Written: /backups/{file.name}" in said

    with Person(product, "alice") as alice, alice.client() as client:
        after = client.extend(kept.id, kept.end + timedelta(minutes=1))
        assert after.end > kept.end, "the backup does not know"
    _scaled(product, 0)
    for each in (volumes / "maia-hub-database").iterdir():
        each.unlink()
    assert "Restored from" in _done(product, "restore-now", "restore", f"/backups/{file.name}", "--replace")
    _scaled(product, 1)
    with Person(product, "alice") as alice, alice.client() as client:
        assert [(each.id, each.end) for each in client.bookings()] == [(kept.id, kept.end)]


def _done(product: Product, name: str, *arguments: str) -> str:
    """Make a Job of the CronJob, with other arguments if some are given; return what it said once it is done."""
    command = ("create", "job", name, "--from=cronjob/maia-hub-backup", "-n", NAMESPACE)
    job = json.loads(product.kube.kubectl(*command, "--dry-run=client", "-o", "json"))
    if arguments:
        job["spec"]["template"]["spec"]["containers"][0]["args"] = list(arguments)
    product.kube.kubectl("create", "-f", "-", given=json.dumps(job))

    def over() -> str | None:
        status = product.kube.get("job", name, "-n", NAMESPACE).get("status", {})
        ends = [each["type"] for each in status.get("conditions", []) if each["status"] == "True"]
        return next((end for end in ends if end in ("Complete", "Failed")), None)

    end = eventually(over, f"the job {name} is over\n{product.logs()}", 180, every=0.5)
    said = product.kube.kubectl("logs", f"job/{name}", "-n", NAMESPACE)
    assert end == "Complete", said
    return said


def _scaled(product: Product, replicas: int) -> None:
    """Let service and review run, or not, and wait until it is so."""
    deployments = [f"deployment/{each}" for each in PROGRAMS]
    product.kube.kubectl("scale", *deployments, f"--replicas={replicas}", "-n", NAMESPACE)

    def so() -> bool:
        found = [product.pods(each.removeprefix("maia-hub-")) for each in PROGRAMS]
        return all([_ready(pod) for pod in pods] == [True] * replicas for pods in found)

    eventually(so, f"{replicas} of each run\n{product.logs()}", 120, every=0.5)


def _ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
