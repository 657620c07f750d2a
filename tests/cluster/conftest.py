"""A namespace for the tests of one module, and an image to run in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.cluster.parts import Ground, ground
from tests.kube import images
from tests.kube.kube import Kube
from tests.kube.place import Place


@pytest.fixture(scope="session")
def image(kube: Kube, node: str) -> str:
    return images.debian(kube.place or Place())


@pytest.fixture(scope="module")
def namespace(kube: Kube, request: pytest.FixtureRequest) -> Iterator[str]:
    with kube.namespace(request.module.__name__.rpartition(".")[2].replace("_", "-")) as made:
        yield made


@pytest_asyncio.fixture
async def field(kube: Kube, namespace: str, image: str) -> AsyncIterator[Ground]:
    async with ground(kube, namespace, image) as prepared:
        yield prepared
