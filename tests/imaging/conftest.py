"""A real Orthanc for the tests of images."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from maia_hub.imaging import DicomWeb
from tests.dicom import orthanc as servers
from tests.dicom.orthanc import Orthanc


@pytest.fixture(scope="module")
def shared_orthanc() -> Iterator[Orthanc]:
    """A server for the tests of a module; what they store differs or is cleared."""
    with servers.running() as started:
        yield started


@pytest.fixture
def orthanc(shared_orthanc: Orthanc) -> Orthanc:
    """The module's server, empty."""
    shared_orthanc.clear()
    return shared_orthanc


@pytest.fixture
def web(orthanc: Orthanc) -> Iterator[DicomWeb]:
    """A client of it."""
    with DicomWeb(orthanc.url, login=orthanc.login) as client:
        yield client
