"""What the tests of transfers share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.target import Target
from tests.hpc.people import Home


@pytest_asyncio.fixture
async def link(at_home: Home) -> AsyncIterator[Link]:
    """An open connection."""
    opened = Link(Target(host="login"))
    yield opened
    await opened.close()
