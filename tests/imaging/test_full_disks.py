"""A server whose disk is full or cannot be written, for real: its storage is a mount of its own, gone when it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.imaging import DicomWeb
from tests.dicom import orthanc as servers
from tests.dicom import series
from tests.dicom.orthanc import Orthanc

SLICES = 20
_SMALL = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'
_READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


def mounted(how: str, storage: Path) -> tuple[str, ...]:
    """Return what runs a command with something mounted at its storage, which nobody else sees."""
    return ("unshare", "--map-root-user", "--mount", "sh", "-c", how, str(storage))


def refused(server: Orthanc, folder: Path) -> int:
    """Send a folder to a server that has no room for it; return how many objects are told to have arrived."""
    full = "disk or quota is full, or cannot be written"
    with (
        DicomWeb(server.url, login=server.login, in_flight=1) as web,
        pytest.raises(Unavailable, match=full) as told,
    ):
        web.send(folder)
    assert told.value.details["refused"] == 0
    return int(str(told.value.details["accepted"]))


def test_a_disk_that_fills_up_in_the_middle_is_an_error_and_what_arrived_is_counted(tmp_path: Path) -> None:
    series.write(tmp_path / "ct", slices=SLICES, size=256)
    storage = tmp_path / "storage"
    with servers.running(storage=storage, command=mounted(_SMALL, storage)) as full:
        assert 0 < refused(full, tmp_path / "ct") <= full.instances() < SLICES


def test_what_a_disk_has_that_cannot_be_written_can_be_fetched_and_nothing_is_sent_there(
    tmp_path: Path,
) -> None:
    storage = tmp_path / "storage"
    here = series.write(tmp_path / "ct", slices=SLICES)
    series.write(tmp_path / "more", slices=4, seed=8, patient="P2")
    server = Orthanc(storage=storage)
    server.start()
    try:
        with DicomWeb(server.url, login=server.login) as web:
            web.send(here)
        server.stop()
        server.command = mounted(_READ_ONLY, storage)
        server.start()
        assert refused(server, tmp_path / "more") == 0
        with DicomWeb(server.url, login=server.login) as web:
            (study,) = web.studies()
            assert len(web.fetch(study, into=tmp_path / "into").files) == SLICES
            assert len(web.send(here).repeated) == SLICES
    finally:
        server.close()
