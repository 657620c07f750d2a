"""What the tests of tools share: tools of this machine in a folder of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from maia_hub.core.ids import ProjectId
from maia_hub.tools.local import LocalTools
from tests.dicom import programs

PREFIX = "/base/services/maia-tools"
VISION = ProjectId("vision")


@pytest_asyncio.fixture
async def tools(tmp_path: Path) -> AsyncIterator[LocalTools]:
    """Tools that end with the test; Orthanc is on the machine."""
    programs.ensure()
    made = LocalTools(tmp_path / "tools", PREFIX)
    try:
        yield made
    finally:
        await made.close()
