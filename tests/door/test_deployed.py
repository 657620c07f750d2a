"""The door as it runs on Kubernetes: `maia door` by its settings and the folder of its secrets, runs no tool itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.door.conftest import ACCESS, PREFIX, SECRET
from tests.door.tool import ToolServer
from tests.platform import eventually
from tests.service.hub import SERVICE_SECRET, Hub


def settings(hub: Hub, tool: ToolServer, folder: Path) -> dict[str, Any]:
    outside = {"kind": "mlflow", "address": tool.url, "user": "door", "secret_file": str(folder / "runs")}
    return {
        "hub_api_url": hub.api,
        "reached": hub.url,
        "host": "127.0.0.1",
        "port": int(hub.more.partition("http://127.0.0.1:")[2].partition('"')[0]),
        "tools": {"vision": {"runs": outside}},
    }


def maia(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "maia_hub.cli", "door", "--settings", str(folder / "settings.json")]
    command += ["--secrets", str(folder)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ}
    )


@pytest.fixture
def url(hub: Hub, tool: ToolServer, tmp_path: Path) -> Iterator[str]:
    """The door behind the hub's proxy."""
    (tmp_path / "settings.json").write_text(json.dumps(settings(hub, tool, tmp_path)))
    (tmp_path / "tools").write_text(SERVICE_SECRET)
    (tmp_path / "runs").write_text(SECRET)
    process = maia(tmp_path)
    try:
        found = f"{hub.url}{PREFIX}"
        eventually(lambda: httpx.get(f"{found}/health", timeout=20).is_success, "the door answers", 120)
        yield found
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=20)
        assert SECRET not in said


def test_members_reach_what_the_settings_name_signed_in_and_others_do_not(url: str, hub: Hub) -> None:
    member = {"Authorization": f"Bearer {hub.token('alice', ACCESS)}"}
    cards = httpx.get(f"{url}/api/tools?project=vision", headers=member, timeout=20).json()["tools"]
    assert [(card["name"], card["local"]) for card in cards] == [("runs", False)]
    answer = httpx.get(f"{url}/vision/runs/hello", headers=member, timeout=20).json()
    assert answer["headers"]["authorization"].startswith("Basic ")
    assert httpx.post(f"{url}/api/tools/vision/runs/start", headers=member, timeout=20).status_code == 409
    env = httpx.get(f"{url}/api/environment?project=vision", headers=member, timeout=20).json()["env"]
    assert env["MLFLOW_TRACKING_URI"] == f"{url}/vision/runs"
    stranger = {"Authorization": f"Bearer {hub.token('bob', ACCESS)}"}
    assert httpx.get(f"{url}/vision/runs/hello", headers=stranger, timeout=20).status_code == 404


def test_a_key_that_it_does_not_know_ends_it_with_words(hub: Hub, tool: ToolServer, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({**settings(hub, tool, tmp_path), "tool": {}}))
    (tmp_path / "tools").write_text(SERVICE_SECRET)
    process = maia(tmp_path)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "tool" in said
    assert "Mend the file" in said
