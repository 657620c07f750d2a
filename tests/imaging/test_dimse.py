"""A real node is asked, sent to and fetched from by DIMSE."""

from __future__ import annotations

import asyncio
import random
import subprocess
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

from maia_hub.core.errors import Forbidden, InvalidInput, Unavailable
from maia_hub.imaging import AsyncDimse, Dimse, Progress
from tests.dicom import orthanc as servers
from tests.dicom import programs, series
from tests.dicom.orthanc import AET, Orthanc
from tests.ports import free_port
from tests.slurm.proxy import between


def _node(orthanc: Orthanc, port: int | None = None) -> Dimse:
    return Dimse("127.0.0.1", port or orthanc.dicom_port, AET, timeout=20)


# pynetdicom leaves a socket open that could not connect, until it is collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_an_echo_says_that_a_node_is_there(orthanc: Orthanc) -> None:
    _node(orthanc).echo()
    with pytest.raises(Unavailable, match="does not answer"):
        Dimse("127.0.0.1", 9, AET).echo()


def test_a_node_that_wants_another_title_is_said() -> None:
    refused = pytest.raises(Forbidden, match="does not accept an association from MAIA")
    with servers.running(settings={"DicomCheckCalledAet": True}) as strict, refused:
        Dimse("127.0.0.1", strict.dicom_port, "OTHER").echo()


@pytest.mark.parametrize("title", ["", " ", "SEVENTEEN_LETTERS", "Ä"])
def test_what_is_no_title_is_refused(title: str) -> None:
    with pytest.raises(InvalidInput, match="not an AE title"):
        Dimse("127.0.0.1", 104, title)


def test_studies_series_and_objects_are_found_in_any_script(orthanc: Orthanc) -> None:
    for made in (
        series.Made(patient="A1", name="Ärlig^Anna", series=2),
        series.Made(patient="B1", modality="MR", name="山田^太郎", seed=2),
    ):
        for dataset in series.study(made):
            orthanc.store(dataset)
    node = _node(orthanc)
    (found,) = node.studies(PatientName="Ärlig*")
    assert (found.patient_id, found.patient_name, found.modalities) == ("A1", "Ärlig^Anna", ("CT",))
    assert (found.series, found.instances) == (2, 8)
    assert [each.patient_name for each in node.studies(Modality="MR")] == ["山田^太郎"]
    assert len(node.studies(limit=1)) == len(node.studies(offset=1)) == 1
    assert [each.number for each in node.series(found)] == [1, 2]
    assert [each.number for each in node.instances(found, node.series(found)[0])] == [1, 2, 3, 4]


def test_objects_are_stored_once_and_refusals_named(orthanc: Orthanc, tmp_path: Path) -> None:
    series.write(tmp_path / "ct", slices=150, size=16)
    (tmp_path / "ct" / "notes.txt").write_text("hello")
    told: list[Progress] = []
    node = _node(orthanc)
    sent = node.send(tmp_path / "ct", progress=told.append)
    assert (len(sent.accepted), sent.repeated) == (150, [])
    assert [each.path for each in sent.refused] == ["notes.txt"]
    assert len(set(sent.accepted)) == orthanc.instances() == 150
    assert (told[-1].done, told[-1].total) == (151, 151)
    assert len(node.send(tmp_path / "ct").repeated) == 150


def test_objects_in_many_syntaxes_are_stored_as_they_are(orthanc: Orthanc, tmp_path: Path) -> None:
    names = [
        "JPEG2000.dcm",
        "MR_small_RLE.dcm",
        "rtplan.dcm",
        "test-SR.dcm",
        "CT_small.dcm",
        "ExplVR_BigEnd.dcm",
    ]
    paths = [Path(str(get_testdata_file(name))) for name in names]
    sent = _node(orthanc).send(paths)
    assert sent.refused == []
    stored = {orthanc.syntax(each) for each in sent.accepted}
    assert stored == {str(dcmread(path).file_meta.TransferSyntaxUID) for path in paths}


def test_a_kind_that_the_node_does_not_take_is_named_and_the_rest_arrives(tmp_path: Path) -> None:
    series.write(tmp_path, slices=3)
    with servers.running(
        settings={"RleTransferSyntaxAccepted": False, "UnknownSopClassAccepted": False}
    ) as picky:
        sent = _node(picky).send([tmp_path, str(get_testdata_file("MR_small_RLE.dcm"))])
        assert len(sent.accepted) == picky.instances() == 3
    (refused,) = sent.refused
    assert refused.path.endswith("MR_small_RLE.dcm")
    assert "does not take its kind" in refused.reason


@pytest.fixture
def stored(orthanc: Orthanc, tmp_path: Path) -> str:
    """A study of two series of 30, on the node."""
    for dataset in series.study(slices=30, series=2, size=32):
        orthanc.store(dataset)
    return str(dataset.StudyInstanceUID)


def test_a_study_comes_by_get_and_none_of_it_again(orthanc: Orthanc, stored: str, tmp_path: Path) -> None:
    node = _node(orthanc)
    fetched = node.fetch(stored, into=tmp_path / "into")
    assert (len(fetched.accepted), fetched.refused, len(fetched.folders)) == (60, [], 2)
    assert len(fetched.files) == 60
    made = {str(each.SOPInstanceUID): each for each in series.study(slices=30, series=2, size=32)}
    assert all(dcmread(path).PixelData == made[path.stem].PixelData for path in fetched.files)
    fetched.files[7].write_bytes(b"broken")
    again = node.fetch(stored, into=tmp_path / "into")
    assert again.accepted == [fetched.files[7].stem]
    assert (len(again.repeated), again.files) == (59, fetched.files)


def test_a_study_comes_by_move_to_a_port_of_ours(tmp_path: Path) -> None:
    port = free_port()
    with servers.running(modalities={"MAIA": port}) as server:
        for dataset in series.study(slices=12, series=2):
            server.store(dataset)
        node = _node(server)
        (study,) = node.studies()
        fetched = node.fetch(study, into=tmp_path / "into", listen=("127.0.0.1", port))
        assert (len(fetched.accepted), len(fetched.files), fetched.refused) == (24, 24, [])
        assert node.fetch(study, into=tmp_path / "into", listen=("127.0.0.1", port)).accepted == []


def test_nobody_else_can_send_to_that_port(tmp_path: Path) -> None:
    port = free_port()
    (other,) = series.write(tmp_path / "other", slices=1, seed=99)
    answers: list[str] = []
    with servers.running(modalities={"MAIA": port}) as server:
        for dataset in series.study(slices=4):
            server.store(dataset)
        node = _node(server)
        (study,) = node.studies()

        def intrude(_: Progress) -> None:
            command = [programs.path("storescu"), "-v", "-aec", "MAIA", "127.0.0.1", str(port), str(other)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            answers.extend(
                line for line in (done.stdout + done.stderr).splitlines() if "Store Response" in line
            )

        from maia_hub.imaging import pace

        kept, pace._EVERY = pace._EVERY, 0
        try:
            fetched = node.fetch(study, into=tmp_path / "into", listen=("127.0.0.1", port), progress=intrude)
        finally:
            pace._EVERY = kept
    assert len(fetched.files) == len(list((tmp_path / "into").rglob("*.dcm"))) == 4
    assert answers
    assert not any("Success" in each for each in answers), answers


def test_cuts_while_storing_and_getting_double_and_halve_nothing(orthanc: Orthanc, tmp_path: Path) -> None:
    paths = series.write(tmp_path / "ct", slices=8, size=48)
    total = sum(path.stat().st_size for path in paths)
    chance = random.Random(20261124)
    with between(orthanc.dicom_port) as proxy:
        node = Dimse("127.0.0.1", proxy.port, AET, in_flight=2, timeout=20)
        for n in range(15):
            orthanc.clear()
            proxy.cut_after(chance.randrange(1, total))
            sent = node.send(tmp_path / "ct")
            assert (len(sent.accepted), sent.repeated, sent.refused) == (8, [], [])
            assert len(set(sent.accepted)) == orthanc.instances() == 8
            (study,) = _node(orthanc).studies()
            series_uid = _node(orthanc).series(study)[0].uid
            proxy.cut_after(chance.randrange(1, total))
            try:
                fetched = node.fetch(study, series_uid, into=tmp_path / str(n))
            except Unavailable:  # the cut hit the question, which is asked once
                fetched = node.fetch(study, series_uid, into=tmp_path / str(n))
            assert (len(fetched.files), fetched.refused) == (8, [])
            assert list((tmp_path / str(n)).rglob("*.part")) == []


def test_a_full_node_is_said(tmp_path: Path) -> None:
    series.write(tmp_path, slices=12, size=256)
    with servers.running(settings={"MaximumStorageSize": 1}) as full:
        with pytest.raises(Unavailable, match="full") as told:
            _node(full).send(tmp_path)
        stored, accepted = full.instances(), told.value.details["accepted"]
        assert stored > 0
        assert accepted in range(stored + 1)


@pytest.mark.asyncio
async def test_async_code_does_the_same_and_can_cancel(
    orthanc: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maia_hub.imaging.pace._EVERY", 0)
    series.write(tmp_path / "ct", slices=60, size=128)
    node = AsyncDimse("127.0.0.1", orthanc.dicom_port, AET, in_flight=1)
    await node.echo()
    begun = asyncio.Event()
    sending = asyncio.create_task(node.send(tmp_path / "ct", progress=lambda _: begun.set()))
    await begun.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    arrived = orthanc.instances()
    assert 0 < arrived < 60
    sent = await node.send(tmp_path / "ct")
    assert arrived <= len(sent.repeated) < 60
    assert len(sent.repeated) + len(sent.accepted) == orthanc.instances() == 60
    (study,) = await node.studies()
    assert len((await node.fetch(study, into=tmp_path / "into")).files) == 60
