"""Tools that this machine runs, tried on a real Orthanc: it starts quickly and keeps what it is given."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import httpx
import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pynetdicom import AE
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    Verification,
)

from maia_hub.core.errors import InvalidInput, NotFound, Unavailable
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.tools.local import LocalTools, life
from maia_hub.tools.model import Holder, State, Tool
from tests.tools import processes
from tests.tools.conftest import PREFIX, VISION
from tests.waiting import until

IMAGE = str(get_testdata_file("CT_small.dcm"))
RUNS_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from maia_hub.tools.local import LocalTools

async def main() -> None:
    tools = LocalTools(Path(sys.argv[1]), sys.argv[2])
    await tools.ensure("vision", "orthanc")
    print("ready", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.asyncio
async def test_a_tool_is_ready_when_it_answers_and_stops_with_all_it_started(
    tools: LocalTools, tmp_path: Path
) -> None:
    assert tools.status(VISION, "orthanc").state is State.STOPPED
    told = asyncio.create_task(_states(tools, State.READY))
    await asyncio.sleep(0)  # it listens
    tool = await tools.ensure(VISION, "orthanc")
    assert (await told)[-2:] == [State.STARTING, State.READY]
    assert tools.tool(VISION, "orthanc") == tool
    assert tools.status(VISION, "orthanc").version == "1.10.1"
    await tools.stop(VISION, "orthanc")
    assert tools.status(VISION, "orthanc").state is State.STOPPED
    assert tools.tool(VISION, "orthanc") is None
    assert not processes.of(_folder(tmp_path))


@pytest.mark.asyncio
async def test_who_has_keys_of_her_own_is_read_once_and_then_known(tools: LocalTools, tmp_path: Path) -> None:
    ada, bob = (Holder(VISION, "s3", UserName(name)) for name in ("ada", "bob"))
    await tools.credentials(VISION, "s3", ada.person)
    later = LocalTools(tmp_path / "tools", PREFIX)
    assert later.holders() == [ada]
    await later.credentials(VISION, "s3", bob.person)
    later.take_back(ada)
    (tmp_path / "tools").rename(tmp_path / "away")  # nothing is looked up any more
    assert later.holders() == [bob]
    assert LocalTools(tmp_path / "away", PREFIX).holders() == [bob]


@pytest.mark.asyncio
async def test_only_the_door_may_use_it_and_its_secret_is_in_no_command_and_no_log(
    tools: LocalTools, tmp_path: Path
) -> None:
    tool = await tools.ensure(VISION, "orthanc")
    stranger = httpx.get(f"{tool.address}/dicom-web/studies", trust_env=False)
    assert stranger.status_code == 401
    assert (await _ask(tool, "/dicom-web/studies")).status_code in (200, 204)
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in processes.of(_folder(tmp_path))]
    assert not any(tool.credentials.secret.encode() in command for command in commands)
    assert tool.credentials.secret not in "\n".join(tools.log(VISION, "orthanc"))
    for kept in ("credentials.json", "run/orthanc.json"):
        assert (_folder(tmp_path) / kept).stat().st_mode & 0o077 == 0


@pytest.mark.asyncio
async def test_by_dicom_s_own_protocol_only_programs_of_this_machine_are_answered(tools: LocalTools) -> None:
    tool = await tools.ensure(VISION, "orthanc")
    port, image = int(tool.extra["dicom_port"]), dcmread(IMAGE)
    for address, calling, answered in (
        ("127.0.0.1", "STORESCU", True),
        ("127.0.0.9", "STORESCU", False),
        ("127.0.0.1", "SCANNER7", False),
    ):
        entity = AE(calling)
        entity.add_requested_context(Verification)
        entity.add_requested_context(StudyRootQueryRetrieveInformationModelFind)
        entity.add_requested_context(image.SOPClassUID, image.file_meta.TransferSyntaxUID)
        linked = entity.associate("127.0.0.1", port, ae_title="MAIA", bind_address=(address, 0))
        assert linked.is_established == answered, (address, calling)
        if answered:
            assert linked.send_c_echo().Status == 0
            assert linked.send_c_store(image).Status == 0
            found = linked.send_c_find(_any_study(), StudyRootQueryRetrieveInformationModelFind)
            assert [status.Status for status, _ in found] == [0xFF00, 0]
            linked.release()


def _any_study() -> Dataset:
    asked = Dataset()
    asked.QueryRetrieveLevel = "STUDY"
    asked.StudyInstanceUID = ""
    return asked


@pytest.mark.asyncio
async def test_two_starts_at_once_give_one_tool(tools: LocalTools, tmp_path: Path) -> None:
    one, other = await asyncio.gather(tools.ensure(VISION, "orthanc"), tools.ensure(VISION, "orthanc"))
    assert one == other
    assert len(processes.called(_folder(tmp_path), "Orthanc")) == 1


@pytest.mark.asyncio
async def test_another_process_that_runs_it_is_told_of(tools: LocalTools, tmp_path: Path) -> None:
    await tools.ensure(VISION, "orthanc")
    second = LocalTools(tmp_path / "tools", PREFIX)
    with pytest.raises(Unavailable) as refused:
        await second.ensure(VISION, "orthanc")
    assert "Another process runs this tool." in str(refused.value.given)
    assert len(processes.called(_folder(tmp_path), "Orthanc")) == 1


@pytest.mark.asyncio
async def test_one_that_is_killed_comes_back_with_its_data_and_address(
    tools: LocalTools, tmp_path: Path
) -> None:
    before = await tools.ensure(VISION, "orthanc")
    await _store(before)
    processes.kill(_folder(tmp_path), "Orthanc")
    await until(lambda: tools.tool(VISION, "orthanc") is None, "its death is noticed")
    after = await tools.ensure(VISION, "orthanc")
    assert after.address == before.address
    assert await _studies(after) == 1


@pytest.mark.asyncio
async def test_one_that_hangs_is_told_to_be_unreachable_until_it_answers(
    tools: LocalTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(life, "_WATCH", 0.1)
    monkeypatch.setattr(life, "_ANSWERS_WITHIN", 0.5)
    await tools.ensure(VISION, "orthanc")
    processes.kill(_folder(tmp_path), "Orthanc", signal.SIGSTOP)
    await until(lambda: tools.status(VISION, "orthanc").state is State.UNREACHABLE, "it is unreachable")
    assert "does not answer" in tools.status(VISION, "orthanc").reason
    processes.kill(_folder(tmp_path), "Orthanc", signal.SIGCONT)
    await until(lambda: tools.status(VISION, "orthanc").state is State.READY, "it is ready again")


@pytest.mark.asyncio
async def test_when_the_platform_is_killed_nothing_runs_on_and_nothing_is_lost(
    tools: LocalTools, tmp_path: Path
) -> None:
    platform = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUNS_FOR_EVER, str(tmp_path / "tools"), PREFIX, stdout=asyncio.subprocess.PIPE
    )
    assert platform.stdout is not None
    await platform.stdout.readline()
    secret = (_folder(tmp_path) / "credentials.json").read_text()
    platform.kill()
    await platform.wait()
    await until(lambda: not processes.of(_folder(tmp_path)), "the tool has ended")
    tool = await tools.ensure(VISION, "orthanc")
    await _store(tool)
    assert (_folder(tmp_path) / "credentials.json").read_text() == secret


@pytest.mark.asyncio
async def test_what_outlived_the_platform_is_ended_before_the_next_start(
    tools: LocalTools, tmp_path: Path
) -> None:
    await tools.ensure(VISION, "orthanc")
    [first] = processes.called(_folder(tmp_path), "Orthanc")
    await tools.stop(VISION, "orthanc")
    left = await asyncio.create_subprocess_exec(
        "sleep", "600", env={**os.environ, "MAIA_TOOL": str(_folder(tmp_path))}
    )
    await tools.ensure(VISION, "orthanc")
    assert await left.wait() == -signal.SIGTERM
    assert processes.called(_folder(tmp_path), "Orthanc") != [first]


@pytest.mark.asyncio
async def test_a_port_that_is_taken_meanwhile_is_left_to_who_has_it(tools: LocalTools) -> None:
    before = await tools.ensure(VISION, "orthanc")
    await tools.stop(VISION, "orthanc")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", httpx.URL(before.address).port or 0))
        taken.listen()
        after = await tools.ensure(VISION, "orthanc")
    assert httpx.URL(after.address).port != httpx.URL(before.address).port
    assert after.extra["dicom_port"] == before.extra["dicom_port"]


@pytest.mark.asyncio
async def test_one_that_only_dies_is_given_up_with_its_last_words(
    tools: LocalTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(life, "FIRST_DELAY", 0.01)
    data = _folder(tmp_path) / "data"
    data.mkdir(parents=True)
    (data / "index").write_text("this is no database")
    with pytest.raises(Unavailable) as given_up:
        await tools.ensure(VISION, "orthanc")
    status = tools.status(VISION, "orthanc")
    assert status.state is State.FAILING
    assert "ended 5 times in a row" in str(given_up.value.given)
    assert "file is not a database" in status.reason
    assert (data / "index").read_text() == "this is no database"


@pytest.mark.asyncio
async def test_projects_have_tools_of_their_own(tools: LocalTools) -> None:
    one = await tools.ensure(VISION, "orthanc")
    other = await tools.ensure(ProjectId("speech"), "orthanc")
    await _store(one)
    assert await _studies(other) == 0
    assert (await _ask(other, "/statistics", headers=one.headers())).status_code == 401


@pytest.mark.asyncio
async def test_a_new_secret_of_the_door_makes_the_old_one_useless(tools: LocalTools) -> None:
    before = await tools.ensure(VISION, "orthanc")
    await tools.rotate(VISION, "orthanc", UserName("ada"))
    after = await tools.ensure(VISION, "orthanc")
    assert (await _ask(after, "/statistics", headers=before.headers())).status_code == 401
    assert (await _ask(after, "/statistics")).status_code == 200


def test_names_that_are_no_tools_and_no_projects_are_refused(tmp_path: Path) -> None:
    tools = LocalTools(tmp_path, PREFIX)
    with pytest.raises(NotFound):
        tools.start(VISION, "spreadsheet")
    with pytest.raises(InvalidInput):
        tools.start(ProjectId("../vision"), "orthanc")
    assert not list(tmp_path.iterdir())


async def _states(tools: LocalTools, last: State) -> list[State]:
    found: list[State] = []
    async for project, name in tools.changes():
        found.append(tools.status(project, name).state)
        if found[-1] is last:
            return found
    return found


def _folder(tmp_path: Path) -> Path:
    return tmp_path / "tools" / VISION / "orthanc"


async def _ask(tool: Tool, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    base = tool.address if path.startswith("/dicom-web") else tool.asked_at
    async with httpx.AsyncClient(headers=headers or tool.headers(), trust_env=False) as client:
        return await client.get(base + path)


async def _store(tool: Tool) -> None:
    async with httpx.AsyncClient(headers=tool.headers(), trust_env=False) as client:
        answer = await client.post(f"{tool.asked_at}/instances", content=Path(IMAGE).read_bytes())
        assert answer.status_code == 200, answer.text


async def _studies(tool: Tool) -> int:
    return int((await _ask(tool, "/statistics")).json()["CountStudies"])
