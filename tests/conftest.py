"""What the tests of all subjects share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platform import Platform


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A running platform with the demo rules and two simulated GPUs, for the tests of one module."""
    started = Platform(tmp_path_factory.mktemp("platform") / "data")
    try:
        yield started.start()
    finally:
        started.stop()
