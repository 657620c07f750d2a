"""The whole product in pods, once for all tests of the chart that need it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helm.product import Product, installed
from tests.kube.kube import Kube


@pytest.fixture(scope="module")
def product(
    kube: Kube, node: str, release: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    with installed(kube, tmp_path_factory.mktemp("volumes")) as running:
        yield running
