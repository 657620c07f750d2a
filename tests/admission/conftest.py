"""A desk over a database of each kind; the policies of the chart on a real API server, in a namespace of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.desk.conftest import another, office, where
from tests.kube.helm import NAMESPACE
from tests.kube.kube import Kube
from tests.platform import eventually

__all__ = ["another", "office", "where"]
MANAGED = "policies-managed"
OTHER = "policies-other"
CONTROLLER = f"system:serviceaccount:{NAMESPACE}:maia-hub-controller"


class Pods:
    """Asks the API server what it would make of a pod; nothing is stored."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube

    def create(
        self, spec: dict[str, Any], namespace: str = MANAGED, who: str | None = None, **metadata: Any
    ) -> dict[str, Any]:
        """Return the pod as it would be stored; RuntimeError with the API server's words if it is refused."""
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "tried", **metadata}, "spec": spec}
        command = ["create", "-n", namespace, "--dry-run=server", "-o", "json", "-f", "-"]
        said = self._kube.kubectl(*command, *(["--as", who] if who else []), given=json.dumps(pod))
        stored: dict[str, Any] = json.loads(said)
        return stored


@pytest.fixture(scope="session")
def policies(kube: Kube, release: str) -> Iterator[Pods]:
    """The chart's policies at work."""
    with (
        kube.namespace(MANAGED, **{"maia.io/managed": "true"}),
        kube.namespace(OTHER),
    ):
        pods = Pods(kube)
        eventually(lambda: _at_work(pods), "the API server applies the policies", 30, every=0.2)
        yield pods


def _at_work(pods: Pods) -> bool:
    """Say whether the API server has read the policies: it does so some moments after they were written."""
    spec = {"containers": [{"name": "a", "image": "x"}]}
    told = "env" in pods.create(spec)["spec"]["containers"][0]
    try:
        pods.create({**spec, "volumes": [{"name": "v", "hostPath": {"path": "/"}}]})
    except RuntimeError:
        return told
    return False
