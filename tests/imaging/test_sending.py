"""Objects are sent by DICOMweb: each once, and what is not taken is named with the reason."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import zipfile
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging import AsyncDicomWeb, DicomWeb, Progress
from tests.dicom import series
from tests.dicom.orthanc import Orthanc


def test_a_folder_arrives_and_progress_is_told(orthanc: Orthanc, web: DicomWeb, tmp_path: Path) -> None:
    paths = series.write(tmp_path / "ct", slices=30, series=2, size=64)
    told: list[Progress] = []
    sent = web.send(tmp_path / "ct", progress=told.append)
    assert (len(sent.accepted), sent.repeated, sent.refused) == (60, [], [])
    assert orthanc.instances() == len(set(sent.accepted)) == 60
    assert (told[-1].done, told[-1].total, told[-1].remaining) == (60, 60, 0)
    assert told[-1].bytes == sent.bytes == sum(path.stat().st_size for path in paths)


def test_what_is_there_is_not_sent_again(orthanc: Orthanc, web: DicomWeb, tmp_path: Path) -> None:
    paths = series.write(tmp_path / "ct", slices=12)
    web.send(paths[:5])
    sent = web.send([paths[0], tmp_path / "ct"])
    assert (len(sent.accepted), len(sent.repeated), sent.refused) == (7, 6, [])
    assert orthanc.instances() == 12


def test_two_objects_under_one_uid_are_not_taken_for_one(
    orthanc: Orthanc, web: DicomWeb, tmp_path: Path
) -> None:
    first, *_ = series.write(tmp_path / "ct", slices=1)
    other = dcmread(first)
    other.PixelData = bytes(len(other.PixelData))
    other.save_as(tmp_path / "ct" / "other.dcm")
    sent = web.send([first, tmp_path / "ct" / "other.dcm"])
    assert len(sent.accepted) == 1
    (refused,) = sent.refused
    assert refused.path.endswith("other.dcm")
    assert "has the UID of" in refused.reason


def test_a_zip_is_sent_and_nothing_of_it_stays(
    orthanc: Orthanc, web: DicomWeb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(unpacked))
    paths = series.write(tmp_path / "ct", slices=20)
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, f"patient/{path.name}")
        archive.writestr("patient/notes.txt", "hello")
        archive.writestr("__MACOSX/._x", "x")
        archive.write(paths[0], "again.dcm")
    sent = web.send(tmp_path / "all.zip")
    assert (len(sent.accepted), len(sent.repeated)) == (20, 1)
    assert [(each.path, each.reason) for each in sent.refused] == [
        ("all.zip/patient/notes.txt", "is not a DICOM file")
    ]
    assert orthanc.instances() == 20
    assert list(unpacked.iterdir()) == []


def test_compressed_and_deflated_objects_of_many_vendors_arrive(
    orthanc: Orthanc, web: DicomWeb, tmp_path: Path
) -> None:
    from pydicom.data import get_testdata_file

    names = [
        "JPEG2000.dcm",
        "MR_small_RLE.dcm",
        "rtdose.dcm",
        "rtplan.dcm",
        "test-SR.dcm",
        "reportsi.dcm",
    ]
    paths = [str(get_testdata_file(name)) for name in names]
    deflated = dcmread(series.write(tmp_path, slices=1)[0])
    deflated.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    deflated.save_as(tmp_path / "deflated.dcm", enforce_file_format=True)
    sent = web.send([*paths, tmp_path / "deflated.dcm"])
    assert sent.refused == []
    assert orthanc.instances() == len(sent.accepted) == len(names) + 1


def test_what_the_server_refuses_is_named_and_the_rest_arrives(
    orthanc: Orthanc, web: DicomWeb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = series.write(tmp_path / "ct", slices=6)
    broken = paths[2].read_bytes()
    paths[2].write_bytes(broken[:3000])
    header = "maia_hub.imaging.headers._uids"
    kept = __import__("maia_hub.imaging.headers", fromlist=["_uids"])._uids
    monkeypatch.setattr(header, lambda elements, wanted, size=None, source=None: kept(elements, wanted))
    sent = web.send(tmp_path / "ct")
    assert len(sent.accepted) == orthanc.instances() == 5
    assert [each.path for each in sent.refused] == [paths[2].name]
    assert "did not take it" in sent.refused[0].reason


def test_what_does_not_exist_is_said(web: DicomWeb, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is no"):
        web.send(tmp_path / "nothing")


@pytest.mark.asyncio
async def test_a_transfer_can_be_cancelled_and_goes_on_later(
    orthanc: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maia_hub.imaging.pace._EVERY", 0)
    series.write(tmp_path / "ct", slices=40, size=256)
    begun = asyncio.Event()
    async with AsyncDicomWeb(orthanc.url, login=orthanc.login) as web:
        sending = asyncio.create_task(web.send(tmp_path / "ct", progress=lambda _: begun.set()))
        await begun.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        arrived = orthanc.instances()
        sent = await web.send(tmp_path / "ct")
    assert arrived <= len(sent.repeated)
    assert len(sent.accepted) + len(sent.repeated) == orthanc.instances() == 40


def test_a_file_that_changes_while_it_is_sent_is_named(
    orthanc: Orthanc, web: DicomWeb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = series.write(tmp_path / "ct", slices=6)
    from maia_hub.imaging import multipart

    kept = multipart._blocks

    def shorten(path: Path, size: int) -> object:
        if path == paths[3]:
            path.write_bytes(b"short")
        return kept(path, size)

    monkeypatch.setattr(multipart, "_blocks", shorten)
    sent = web.send(tmp_path / "ct")
    assert [(each.path, each.reason) for each in sent.refused] == [
        (paths[3].name, "changed while it was sent")
    ]
    assert len(sent.accepted) == orthanc.instances() == 5


def test_several_people_send_at_once(orthanc: Orthanc, tmp_path: Path) -> None:
    folders = [tmp_path / str(n) for n in range(3)]
    for n, folder in enumerate(folders):
        series.write(folder, slices=10, seed=n, patient=f"P{n}")

    def send(folder: Path) -> None:
        with DicomWeb(orthanc.url, login=orthanc.login) as web:
            assert len(web.send(folder).accepted) == 10

    threads = [threading.Thread(target=send, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert orthanc.instances() == 30
