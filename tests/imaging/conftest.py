"""A client for the tests of images."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from maia_hub.imaging import DicomWeb
from tests.dicom.orthanc import Orthanc


@pytest.fixture
def web(orthanc: Orthanc) -> Iterator[DicomWeb]:
    """A client of the Orthanc."""
    with DicomWeb(orthanc.url, login=orthanc.login) as client:
        yield client
