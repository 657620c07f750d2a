"""Images to label on a real Orthanc, and an outbox for what is drawn on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings

from maia_hub.imaging import AsyncDicomWeb, DicomWeb
from maia_hub.monailabel.labels.outbox import Outbox
from tests.dicom.orthanc import Orthanc
from tests.monailabel.labels.drawing import Image, stored

settings.register_profile("unhurried", deadline=None)  # a busy machine is no fault of a property
settings.load_profile("unhurried")


@pytest.fixture
def image(orthanc: Orthanc, tmp_path: Path) -> Image:
    """A series that the server has."""
    with DicomWeb(orthanc.url, login=orthanc.login) as web:
        return stored(web, tmp_path / "ct")


@pytest_asyncio.fixture
async def web(orthanc: Orthanc) -> AsyncIterator[AsyncDicomWeb]:
    """A client of the server that gives up at once."""
    async with AsyncDicomWeb(orthanc.url, login=orthanc.login, attempts=1) as client:
        yield client


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    """An empty outbox."""
    return Outbox(tmp_path / "outbox")
