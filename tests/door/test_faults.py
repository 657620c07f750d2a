"""What goes wrong while people use tools at once, through a real door: real tools of this machine behind it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from maia_hub.door.here import Here
from maia_hub.imaging import DicomWeb, Progress
from maia_hub.tools.local import LocalTools
from tests.dicom import programs, series
from tests.door.conftest import ACCESS, PREFIX, Running, member
from tests.platform import eventually
from tests.tools import processes

PEOPLE = ("alice", "carol")
_BEGINNING = b"--end\r\nContent-Type: application/dicom\r\n\r\n" + b"\0" * 128 + b"DICM"


@pytest.fixture
def folder(door: Running, tmp_path: Path) -> Path:
    """Where Orthanc of the project vision runs, which alice and carol may start."""
    programs.ensure()
    member(door.hub, "carol", "MAIA:vision")
    door.more.append(Here(LocalTools(tmp_path / "tools", PREFIX), tmp_path / "wanted.json"))
    door.restart()
    return tmp_path / "tools" / "vision" / "orthanc"


def card(http: httpx.Client) -> dict[str, Any]:
    tools = http.get("api/tools", params={"project": "vision"}).raise_for_status().json()["tools"]
    return next(dict(each) for each in tools if each["name"] == "orthanc")


def start(http: httpx.Client) -> None:
    http.post("api/tools/vision/orthanc/start").raise_for_status()
    ready(http)


def ready(http: httpx.Client) -> None:
    eventually(lambda: card(http)["state"] == "ready", "Orthanc is ready", 120)


def test_two_people_who_start_a_tool_at_once_get_the_same_one(door: Running, folder: Path) -> None:
    people = [door.program(name) for name in PEOPLE]
    together = threading.Barrier(len(people) * 4)

    def press(http: httpx.Client) -> int:
        together.wait(20)
        return http.post("api/tools/vision/orthanc/start").status_code

    with ThreadPoolExecutor(len(people) * 4) as pool:
        assert [*pool.map(press, people * 4)] == [200] * len(people) * 4
    for http in people:
        ready(http)
    assert len(processes.called(folder, "Orthanc")) == 1
    log = people[0].get("api/tools/vision/orthanc/log", params={"lines": 5000}).json()["lines"]
    assert len([line for line in log if "Orthanc has started" in line]) == 1
    told = [http.get("vision/orthanc/dicom-web/studies").status_code for http in people]
    assert told in ([200, 200], [204, 204])


def test_a_tool_that_is_killed_in_the_middle_of_an_upload_is_told_of_and_has_nothing_half(
    door: Running, folder: Path
) -> None:
    http = door.program("alice")
    start(http)

    def body() -> Iterator[bytes]:
        yield _BEGINNING + b"\0" * 1_000_000
        processes.kill(folder, "Orthanc", signal.SIGKILL)
        eventually(lambda: not processes.called(folder, "Orthanc"), "it is dead")
        for _ in range(200):
            yield b"\0" * 1_000_000

    headers = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=end'}
    answer = http.post("vision/orthanc/dicom-web/studies", content=body(), headers=headers, timeout=120)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert "Images (Orthanc) does not answer now" in answer.json()["detail"]
    assert "starts it" in answer.json()["advice"]
    ready(http)
    assert http.get("vision/orthanc/dicom-web/studies").text in ("", "[]")


def test_images_that_are_sent_while_the_tool_is_killed_arrive_all_the_same_and_once(
    door: Running, folder: Path, tmp_path: Path
) -> None:
    start(door.program("alice"))
    series.write(tmp_path / "ct", slices=30, size=256)
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.done >= 5 and not killed:
            killed.extend(processes.called(folder, "Orthanc"))
            processes.kill(folder, "Orthanc", signal.SIGKILL)

    url = f"{door.hub.url}{PREFIX}/vision/orthanc/dicom-web"
    with DicomWeb(url, token=door.hub.token("alice", ACCESS), attempts=20) as web:
        sent = web.send(tmp_path / "ct", progress=kill)
        assert killed
        assert (len({*sent.accepted, *sent.repeated}), sent.refused) == (30, [])
        [study] = web.studies()
        assert sum(each.instances or 0 for each in web.series(study)) == 30
