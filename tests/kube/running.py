"""The cluster that the tests use: the one that KUBECONFIG names, or one brought up for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kube import cluster
from tests.kube.kube import Kube
from tests.kube.place import Place

PLACES = (Place(), Place.without_node())


class NotDisposable(RuntimeError):
    """The cluster that KUBECONFIG names is not marked as one that tests may use."""


@contextmanager
def running() -> Iterator[Kube]:
    """Yield the cluster that KUBECONFIG names; else the one of this machine, brought up (and down again) if need be.

    Where this machine cannot run a kubelet, that one is a control plane without a node.

    Raises:
        NotDisposable: KUBECONFIG names a cluster without the label `maia.io/disposable=true` on `kube-system`.
    """
    given = os.environ.get("KUBECONFIG")
    if given:
        yield _checked(Kube(Path(given)))
        return
    there = ours()
    try:
        place = cluster.start()
        yield Kube(place.kubeconfig, place)
    finally:
        for place in ours():
            if place not in there:
                cluster.down(place)


def ours() -> list[Place]:
    """Return where clusters of this user are, or what is left of one."""
    return [place for place in PLACES if os.access(place.root, os.W_OK)]


def _checked(kube: Kube) -> Kube:
    labels = kube.get("namespace", "kube-system")["metadata"].get("labels", {})
    if labels.get(cluster.DISPOSABLE) != "true":
        raise NotDisposable(
            f"KUBECONFIG={kube.kubeconfig} names a cluster that tests may not use: they create and delete as they like "
            f"in it. If it is a disposable one: kubectl label namespace kube-system {cluster.DISPOSABLE}=true"
        )
    place = next((each for each in PLACES if each.kubeconfig == kube.kubeconfig), None)
    return Kube(kube.kubeconfig, place)
