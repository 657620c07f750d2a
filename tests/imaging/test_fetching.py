"""Objects are fetched by DICOMweb: whole or not at all, and none again that is there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from maia_hub.core.errors import InProgress, NotFound
from maia_hub.imaging import AsyncDicomWeb, DicomWeb, Progress
from maia_hub.imaging.placing import LEDGER, place
from tests.dicom import series
from tests.dicom.orthanc import Orthanc


@pytest.fixture
def study(web: DicomWeb, tmp_path: Path) -> str:
    """A study of two series, on the server."""
    paths = series.write(tmp_path / "source", slices=8, series=2)
    web.send(paths)
    return str(dcmread(paths[0]).StudyInstanceUID)


def test_a_study_comes_as_it_was_sent(web: DicomWeb, study: str, tmp_path: Path) -> None:
    told: list[Progress] = []
    fetched = web.fetch(study, into=tmp_path / "into", progress=told.append)
    assert (len(fetched.files), len(fetched.accepted), fetched.refused) == (16, 16, [])
    assert len(fetched.folders) == 2
    source = {dcmread(path).SOPInstanceUID: path.read_bytes() for path in (tmp_path / "source").iterdir()}
    for path in fetched.files:
        assert path.read_bytes() == source[path.stem]
        assert path.parent.parent == tmp_path / "into"
    assert (told[-1].done, told[-1].total, told[-1].bytes) == (16, 16, fetched.bytes)
    assert fetched.bytes == sum(path.stat().st_size for path in fetched.files)


def test_one_series_comes_alone(web: DicomWeb, study: str, tmp_path: Path) -> None:
    second = web.series(study)[1]
    fetched = web.fetch(study, second, into=tmp_path / "into")
    assert list(fetched.folders) == [second.uid]
    assert len(fetched.files) == 8


def test_what_is_there_and_whole_does_not_come_again(web: DicomWeb, study: str, tmp_path: Path) -> None:
    first = web.fetch(study, into=tmp_path / "into")
    gone, shorter, changed, *_ = first.files
    gone.unlink()
    shorter.write_bytes(shorter.read_bytes()[:-2])
    changed.write_bytes(changed.read_bytes()[:-2] + b"xy")
    again = web.fetch(study, into=tmp_path / "into")
    assert sorted(again.accepted) == sorted(path.stem for path in (gone, shorter, changed))
    assert len(again.repeated) == 13
    assert again.files == first.files
    assert web.fetch(study, into=tmp_path / "into").accepted == []


def test_a_torn_ledger_and_half_files_of_a_kill_do_no_harm(web: DicomWeb, study: str, tmp_path: Path) -> None:
    first = web.fetch(study, into=tmp_path / "into")
    folder = first.files[0].parent
    (folder / LEDGER).write_bytes((folder / LEDGER).read_bytes()[:-30])
    (folder / ".1.2.3.abcd.part").write_bytes(b"half")
    again = web.fetch(study, into=tmp_path / "into")
    assert (len(again.accepted), len(again.repeated)) == (1, 15)
    assert list(folder.glob(".*.part")) == []
    assert web.fetch(study, into=tmp_path / "into").accepted == []


def test_two_do_not_fetch_into_the_same_place(web: DicomWeb, study: str, tmp_path: Path) -> None:
    uid = web.series(study)[0].uid
    with place(tmp_path / "into" / uid), pytest.raises(InProgress):
        web.fetch(study, into=tmp_path / "into")
    assert len(web.fetch(study, into=tmp_path / "into").accepted) == 16


def test_what_the_server_does_not_have_is_said(web: DicomWeb, study: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such study"):
        web.fetch("1.2.3", into=tmp_path / "into")
    with pytest.raises(NotFound, match="no such study"):
        web.fetch(study, "1.2.3", into=tmp_path / "into")


def test_a_disk_that_cannot_be_written_is_said(web: DicomWeb, study: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Exception, match=r"cannot be written|Not a directory"):
        web.fetch(study, into=tmp_path / "file")


@pytest.mark.asyncio
async def test_what_comes_to_a_study_meanwhile_comes_too(
    orthanc: Orthanc, study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = next(series.study(slices=9, series=2))
    late.StudyInstanceUID = study
    more = next(series.study(slices=9, seed=9))
    more.StudyInstanceUID = study
    kept, listed = AsyncDicomWeb.series, 0

    async def listing(self: AsyncDicomWeb, *given: Any, **wanted: Any) -> Any:
        nonlocal listed
        listed += 1
        found = await kept(self, *given, **wanted)
        if listed == 1:
            more.SeriesInstanceUID = found[0].uid
            for each in (late, more):
                await asyncio.to_thread(orthanc.store, each)
        return found

    monkeypatch.setattr(AsyncDicomWeb, "series", listing)
    async with AsyncDicomWeb(orthanc.url, login=orthanc.login, in_flight=1) as web:
        fetched = await web.fetch(study, into=tmp_path / "into")
    assert {str(late.SOPInstanceUID), str(more.SOPInstanceUID)} <= set(fetched.accepted)
    assert len(fetched.files) == len(set(fetched.accepted)) == orthanc.instances() == 18


@pytest.mark.asyncio
async def test_what_is_removed_meanwhile_is_named(
    orthanc: Orthanc, study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncDicomWeb(orthanc.url, login=orthanc.login) as web:
        gone, missing, *_ = (await web.fetch(study, into=tmp_path / "into")).files
        gone.unlink()
        missing.unlink()
        (found,) = orthanc.rest("tools/lookup", "POST", content=gone.stem)
        kept = AsyncDicomWeb.instances

        async def listing(self: AsyncDicomWeb, *given: Any) -> Any:
            there = await kept(self, *given)
            if gone.stem in [each.uid for each in there]:
                await asyncio.to_thread(orthanc.rest, f"instances/{found['ID']}", "DELETE")
            return there

        monkeypatch.setattr(AsyncDicomWeb, "instances", listing)
        fetched = await web.fetch(study, into=tmp_path / "into")
    assert fetched.accepted == [missing.stem]
    assert [(each.path, each.reason) for each in fetched.refused] == [
        (gone.stem, "was removed from the server meanwhile")
    ]
    assert len(fetched.files) == 15


@pytest.mark.asyncio
async def test_a_cancelled_transfer_leaves_only_whole_files(
    orthanc: Orthanc, study: str, tmp_path: Path
) -> None:
    begun = asyncio.Event()
    async with AsyncDicomWeb(orthanc.url, login=orthanc.login, in_flight=2) as web:
        fetching = asyncio.create_task(web.fetch(study, into=tmp_path / "into"))
        asyncio.get_running_loop().call_later(0.05, begun.set)
        await begun.wait()
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
        assert list((tmp_path / "into").rglob("*.part")) == []
        fetched = await web.fetch(study, into=tmp_path / "into")
    assert len(fetched.files) == 16
