"""The door to the tools under `maia up`: beside hub, proxy and service, with memory that large bodies do not fill."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from maia_hub.embedded.settings import Settings, load, save
from tests.door.tool import ToolServer
from tests.platform import Platform, eventually

PREFIX = "/services/maia-tools"
SIZE = 700_000_000
FLAT = 64_000_000
PART = b"\x5a" * 1_000_000
SECRET = "the word of a tool that runs elsewhere"


@pytest.fixture(scope="module")
def tool() -> Iterator[ToolServer]:
    """A tool that runs elsewhere."""
    server = ToolServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, tool: ToolServer) -> Iterator[Platform]:
    """A platform whose settings name that tool."""
    started = Platform(tmp_path_factory.mktemp("platform") / "data")
    try:
        started.start()
        started.stop()
        file = started.data / "settings.json"
        said = json.loads(file.read_text())
        said["tools"] = {"default": {"elsewhere": {"kind": "mlflow", "address": tool.url, "secret": SECRET}}}
        file.write_text(json.dumps(said))
        yield started.start()
    finally:
        started.stop()


def program(platform: Platform, user: str = "alice") -> httpx.Client:
    headers = {"Authorization": f"Bearer {platform.token(user)}"}
    return httpx.Client(base_url=f"{platform.url}{PREFIX}/", headers=headers, timeout=300, trust_env=False)


def peak(process: psutil.Process) -> int:
    """Return the most memory that a process has had since it was last forgotten, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def forget_peak(process: psutil.Process) -> int:
    """Forget the most memory that it has had, and return what it has now."""
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    return peak(process)


def test_a_server_knows_where_the_door_is_and_its_token_opens_it(platform: Platform) -> None:
    platform.start_server("alice")
    environment = platform.environment("alice")
    headers = {"Authorization": f"Bearer {environment['JUPYTERHUB_API_TOKEN']}"}
    url = f"{environment['MAIA_TOOLS_URL']}/api/tools?project={environment['MAIA_PROJECT']}"
    cards = httpx.get(url, headers=headers, timeout=20).raise_for_status().json()["tools"]
    assert {"elsewhere", "mlflow", "s3", "orthanc", "ohif"} <= {card["name"] for card in cards}
    states = {card["name"]: card["state"] for card in cards}
    assert states["mlflow"] == "stopped"


def test_the_door_comes_back_when_it_is_killed(platform: Platform) -> None:
    before = platform.kill("tools")

    def back() -> bool:
        with program(platform) as http:
            return http.get("api/tools").status_code == 200

    eventually(back, "it answers again")
    assert platform.pid("tools") != before


def test_what_the_settings_say_of_tools_is_still_there_after_a_start(platform: Platform) -> None:
    said = json.loads((platform.data / "settings.json").read_text())
    assert said["tools"]["default"]["elsewhere"]["secret"] == SECRET


def test_a_secret_of_the_settings_is_written_where_only_its_owner_reads(tmp_path: Path) -> None:
    tools = {"vision": {"pacs": {"kind": "mlflow", "address": "http://127.0.0.1:1", "secret": SECRET}}}
    settings = Settings.model_validate({"tools": tools})
    assert SECRET not in repr(settings)
    save(tmp_path / "settings.json", settings)
    assert (tmp_path / "settings.json").stat().st_mode & 0o777 == 0o600
    assert load(tmp_path / "settings.json") == settings


def test_large_bodies_pass_without_filling_the_memory(platform: Platform) -> None:
    door = psutil.Process(platform.pid("tools"))
    with program(platform) as http:
        http.put("default/elsewhere/upload", content=b"warm").raise_for_status()
        idle = forget_peak(door)
        parts = (PART for _ in range(SIZE // len(PART)))
        said = http.put("default/elsewhere/upload", content=parts).json()
        assert said["length"] == SIZE
        assert said["sha256"] == hashlib.sha256(PART * (SIZE // len(PART))).hexdigest()
        got = 0
        with http.stream("GET", f"default/elsewhere/bytes/{SIZE}") as answer:
            for part in answer.iter_raw():
                got += len(part)
        assert got == SIZE
    assert peak(door) - idle < FLAT
