"""The images, built once for all tests of them, and a namespace in which only restricted pods may run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.images import building
from tests.kube.kube import Kube


@pytest.fixture(scope="session")
def restricted(kube: Kube) -> Iterator[str]:
    with kube.namespace("maia-images", **{"pod-security.kubernetes.io/enforce": "restricted"}) as made:
        yield made


@pytest.fixture(scope="session")
def workspace_image(kube: Kube, node: str) -> str:
    return building.loaded(kube, "workspace")


@pytest.fixture(scope="session")
def hub_image(kube: Kube, node: str) -> str:
    return building.loaded(kube, "hub")


@pytest.fixture(scope="session")
def service_image(kube: Kube, node: str) -> str:
    return building.loaded(kube, "service")


@pytest.fixture(scope="session")
def proxy_image(kube: Kube, node: str) -> str:
    return building.loaded(kube, "proxy")
