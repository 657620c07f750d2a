"""The routes behind the panel "Images", against a real Orthanc."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tornado.httpclient import HTTPClientError

from maia_lab.imaging.uploadhandlers import NAME
from tests.dicom import orthanc as servers
from tests.dicom import series
from tests.dicom.orthanc import AET, Orthanc
from tests.lab.hpcpanel import Panel
from tests.lab.imagesroutes import over, panel, variables
from tests.waiting import until

pytest_plugins = ["pytest_jupyter.jupyter_server"]
# pynetdicom leaves the socket of an association that was refused to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)

THORAX = series.Made(patient="P1", name="Secret^Anna", date="20260301", description="Thorax", series=2)
HEAD = series.Made(patient="P2", name="Secret^Berta", date="20260402", description="Head", modality="MR")


@pytest.fixture(scope="module")
def orthanc() -> Iterator[Orthanc]:
    with servers.running(settings={"AuthenticationEnabled": False}) as started:
        yield started


@pytest.fixture
def stored(orthanc: Orthanc) -> Orthanc:
    orthanc.clear()
    for made in (THORAX, HEAD):
        for dataset in series.study(made):
            orthanc.store(dataset)
    return orthanc


@pytest.fixture
def images(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    orthanc: Orthanc,
    jp_fetch: Any,
    jp_serverapp: Any,
    jp_asyncio_loop: Any,
    jp_auth_header: Any,
) -> Iterator[Panel]:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, value in variables(orthanc).items():
        monkeypatch.setenv(name, value)
    with panel(jp_fetch, jp_serverapp, jp_asyncio_loop, jp_auth_header) as used:
        yield used


async def test_the_address_is_told_with_a_line_for_storescu(images: Panel, orthanc: Orthanc) -> None:
    state = await images.call("GET", "state")
    port = str(orthanc.dicom_port)
    line = f"storescu --scan-directories --recurse -aec {AET} 127.0.0.1 {port} FOLDER"
    assert state == {
        "archive": {"host": "127.0.0.1", "port": port, "aet": AET, "storescu": line},
        "problem": None,
        "tasks": [],
    }


async def test_without_an_archive_it_says_what_to_do(images: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIA_DICOMWEB_URL")
    state = await images.call("GET", "state")
    assert state["archive"] is None
    assert "no image archive" in state["problem"]["detail"]
    assert "panel “Project”" in state["problem"]["advice"]
    problem = await images.problem("POST", "studies")
    assert problem["status"] == 503


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["P1", "P2"]),
        ({"patient": "p1"}, ["P1"]),
        ({"patient": "P?"}, ["P1", "P2"]),
        ({"description": "hea"}, ["P2"]),
        ({"modality": "mr"}, ["P2"]),
        ({"since": "2026-03-02"}, ["P2"]),
        ({"until": "2026-03-01"}, ["P1"]),
        ({"since": "2026-03-01", "until": "2026-03-31"}, ["P1"]),
        ({"study": "A1"}, ["P1", "P2"]),
        ({"study": "1.2.3.4"}, []),
        ({"patient": "nobody"}, []),
    ],
    ids=str,
)
async def test_studies_are_found(
    stored: Orthanc, images: Panel, query: dict[str, str], found: list[str]
) -> None:
    page = await images.call("POST", "studies", **query)
    assert sorted({study["patient_id"] for study in page["studies"]}) == found
    assert page["more"] is False


async def test_a_search_that_cannot_be_is_told(images: Panel) -> None:
    problem = await images.problem("POST", "studies", since="2026-03-02", until="2026-03-01")
    assert (problem["status"], problem["detail"]) == (422, "The first day comes after the last.")
    assert (await images.problem("POST", "studies", since="soon"))["allowed"] == "2026-03-31"


async def test_studies_come_in_pages(stored: Orthanc, images: Panel) -> None:
    first = await images.call("POST", "studies", limit=1)
    second = await images.call("POST", "studies", limit=1, offset=1)
    third = await images.call("POST", "studies", limit=1, offset=2)
    assert [len(page["studies"]) for page in (first, second, third)] == [1, 1, 0]
    assert [page["more"] for page in (first, second, third)] == [True, True, False]
    assert first["studies"] != second["studies"]


async def test_a_study_has_series_and_they_have_pictures(
    stored: Orthanc, images: Panel, jp_fetch: Any
) -> None:
    (study,) = (await images.call("POST", "studies", patient="P1"))["studies"]
    assert (study["date"], study["modalities"], study["series"]) == ("2026-03-01", ["CT"], 2)
    found = await images.call("GET", "studies", study["uid"], "series")
    assert [(each["number"], each["modality"], each["instances"]) for each in found] == [
        (1, "CT", 4),
        (2, "CT", 4),
    ]
    path = ("maia", "images", "studies", study["uid"], "series", found[0]["uid"], "thumbnail")
    answer = await jp_fetch(*path)
    assert answer.headers["Content-Type"] in {"image/png", "image/jpeg"}
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_series_is_converted_beside_what_is_there(
    stored: Orthanc, images: Panel, jp_root_dir: Path
) -> None:
    (study,) = (await images.call("POST", "studies", patient="P1"))["studies"]
    one, _ = await images.call("GET", "studies", study["uid"], "series")
    chosen = {"study": study["uid"], "series": one["uid"], "to": "nifti"}
    async with images.listening("feed") as stream:
        task = await over(images, stream, "convert", **chosen)
        assert task["state"] == "done", task
        again = await over(images, stream, "convert", **chosen)
        steps = {(each["kind"], each["doing"]) for each in stream.of("task")}
    (made,), (beside,) = task["result"]["paths"], again["result"]["paths"]
    assert {("convert", "fetch"), ("convert", "convert")} <= steps
    assert made != beside
    assert (jp_root_dir / made).stat().st_size > 500
    assert (jp_root_dir / beside).read_bytes() == (jp_root_dir / made).read_bytes()
    assert "Anna" not in made
    assert list((Path.home() / ".cache" / "maia" / "images").iterdir()) == []


async def test_what_leads_out_of_the_home_is_refused(images: Panel) -> None:
    uids = {"study": "1.2", "series": "1.2.3"}
    assert (await images.problem("POST", "convert", **uids, to="../outside"))["status"] == 422
    assert (await images.problem("POST", "send", paths=["../../etc"]))["status"] == 422
    assert (await images.problem("POST", "convert", study="'; DROP", series="1"))["status"] == 422


async def test_a_series_that_is_gone_is_told(images: Panel, orthanc: Orthanc) -> None:
    orthanc.clear()
    async with images.listening("feed") as stream:
        task = await over(images, stream, "convert", study="1.2", series="1.2.3")
    assert task["state"] == "failed"
    assert task["problem"]["status"] == 404


async def test_folders_zips_and_files_of_the_file_browser_are_sent_once(
    images: Panel, orthanc: Orthanc, jp_root_dir: Path
) -> None:
    orthanc.clear()
    thorax = series.write(jp_root_dir / "scans" / "thorax", THORAX)
    (jp_root_dir / "scans" / "notes.txt").write_text("no image")
    with zipfile.ZipFile(jp_root_dir / "head.zip", "w") as archive:
        for path in series.write(jp_root_dir / "head", HEAD):
            archive.write(path, path.name)
    async with images.listening("feed") as stream:
        sent = await over(images, stream, "send", paths=["scans", "head.zip"])
        repeated = await over(images, stream, "send", paths=["scans/thorax"])
    assert orthanc.instances() == len(thorax) + HEAD.slices
    result = sent["result"]
    assert (result["accepted"], result["repeated"], result["refused"]) == (len(thorax) + HEAD.slices, 0, 1)
    (refused,) = result["reasons"]
    assert refused["path"].endswith("notes.txt")
    assert "DICOM" in refused["reason"]
    assert (repeated["result"]["accepted"], repeated["result"]["repeated"]) == (0, len(thorax))


async def brought(fetch: Any, number: str, name: str, content: bytes) -> None:
    headers = {NAME: quote(name)}
    await fetch("maia", "images", "uploads", number, "file", method="PUT", body=content, headers=headers)


async def test_what_is_dropped_from_the_desktop_is_sent_and_forgotten(
    images: Panel, orthanc: Orthanc, jp_fetch: Any, tmp_path: Path
) -> None:
    orthanc.clear()
    written = series.write(tmp_path / "made", HEAD)
    number = (await images.call("POST", "uploads"))["id"]
    for path in written:
        await brought(jp_fetch, number, f"Berta Secret/{path.name}", path.read_bytes())
    await brought(jp_fetch, number, "Berta Secret/../../märchen.txt", b"once upon a time")
    async with images.listening("feed") as stream:
        task = await over(images, stream, "uploads", number)
    assert task["result"]["accepted"] == len(written) == orthanc.instances()
    (refused,) = task["result"]["reasons"]
    assert refused["path"] == "Berta Secret/../../märchen.txt"
    assert list((Path.home() / ".cache" / "maia" / "images").iterdir()) == []
    assert (await images.problem("POST", "uploads", number))["status"] == 404


async def test_a_series_is_sent_to_another_node_that_answers(
    stored: Orthanc, images: Panel, tmp_path: Path
) -> None:
    (study,) = (await images.call("POST", "studies", patient="P1"))["studies"]
    with servers.running() as other:
        node = {"by": "dimse", "host": "127.0.0.1", "port": str(other.dicom_port), "aet": AET}
        assert await images.call("POST", "echo", node=node) is None
        async with images.listening("feed") as stream:
            task = await over(images, stream, "forward", study=study["uid"], node=node)
        assert task["result"]["accepted"] == 8 == other.instances()
    problem = await images.problem("POST", "echo", node=node)
    assert problem["status"] == 503
    assert (await images.problem("POST", "echo", node={**node, "port": "0"}))["allowed"] == "1 – 65535"


async def test_a_task_is_given_up(stored: Orthanc, images: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIA_DICOMWEB_URL", "http://127.0.0.1:9/dicom-web")
    async with images.listening("feed") as stream:
        task = await images.call("POST", "convert", tab="t", study="1.2", series="1.2.3")
        await images.call("DELETE", "tasks", task["id"])
        await until(lambda: stream.over(task["id"]), "its end")
        assert stream.task(task["id"])["state"] == "cancelled"


async def test_an_archive_that_does_not_answer_is_told(
    images: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIA_DICOMWEB_URL", "http://127.0.0.1:9/dicom-web")
    problem = await images.problem("POST", "studies")
    assert problem["status"] == 503


async def test_nobody_sends_files_without_signing_in(images: Panel, jp_serverapp: Any, jp_fetch: Any) -> None:
    number = (await images.call("POST", "uploads"))["id"]
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(
            "maia", "images", "uploads", number, "file", method="PUT", body=b"", headers={"Authorization": ""}
        )
    assert caught.value.code == 403
    (upload,) = (Path.home() / ".cache" / "maia" / "images").iterdir()
    assert list(upload.iterdir()) == []


async def test_what_is_known_of_patients_is_in_no_log(
    stored: Orthanc, images: Panel, caplog: pytest.LogCaptureFixture, jp_root_dir: Path
) -> None:
    caplog.set_level("DEBUG", logger="ServerApp")
    await images.call("POST", "studies", patient="P1")
    await images.problem("POST", "studies", patient="Secret^Anna", since="never")
    series.write(jp_root_dir / "Secret^Anna", THORAX)
    async with images.listening("feed") as stream:
        await over(images, stream, "send", paths=["Secret^Anna"])
    assert "Secret" not in caplog.text
    assert json.dumps("P1") not in caplog.text
