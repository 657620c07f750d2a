"""A real JupyterHub for the adapter's tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.stockhub import StockHub


@pytest.fixture
def paused(real_hub: StockHub) -> Iterator[None]:
    """The hub's process is stopped as by a debugger: it accepts connections and never answers."""
    real_hub.process.send_signal(signal.SIGSTOP)
    yield
    real_hub.process.send_signal(signal.SIGCONT)
