"""A real Label Studio of this machine: it knows people by the door's word alone, and tells nobody anything."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from maia_hub.core.ids import ProjectId
from maia_hub.tools.credentials import Credentials
from maia_hub.tools.kinds import kind_called
from maia_hub.tools.local import LocalTools
from maia_hub.tools.model import Page, Tool
from maia_hub.tools.settings import OutsideTool
from tests.tools import processes
from tests.tools.conftest import PREFIX, VISION
from tests.waiting import until

CHOICE = """
<View><Text name="text" value="$text"/>
<Choices name="finding" toName="text"><Choice value="yes"/><Choice value="no"/></Choices></View>
"""
FOUND = {"from_name": "finding", "to_name": "text", "type": "choices", "value": {"choices": ["yes"]}}
OUTSIDE = re.compile(r"""(?:src|href)=["'](?!/|data:|#)[^"']+""")


@pytest.mark.asyncio
async def test_people_annotate_under_their_own_names_without_signing_in(
    tools: LocalTools, tmp_path: Path
) -> None:
    data = tmp_path / "tools" / VISION / "label-studio" / "data"
    data.mkdir(parents=True)
    for begun in ("label_studio.sqlite3.begun", "label_studio.sqlite3.begun-journal"):
        (data / begun).write_bytes(b"cut in the middle of the first start")
    tool = await tools.ensure(VISION, "label-studio")
    assert [path.name for path in data.glob("*sqlite3*")] == ["label_studio.sqlite3"]
    async with _asking(tool, "") as nobody, _asking(tool, "ada") as ada, _asking(tool, "bo b/@x") as bob:
        await _refuses_strangers(tool, nobody)
        project = await _made(ada, "projects", {"title": "Lungs", "label_config": CHOICE})
        await _made(ada, f"projects/{project['id']}/import", [{"text": "a shadow"}])
        [task] = (await bob.get(f"api/tasks?project={project['id']}")).json()["tasks"]
        made = await _made(bob, f"tasks/{task['id']}/annotations/", {"result": [FOUND]})
        me = [(await each.get("api/current-user/whoami")).json() for each in (ada, bob)]
        assert made["completed_by"] == me[1]["id"] != me[0]["id"]
        assert [each["first_name"] for each in me] == ["ada", "bo b/@x"]
        await _page_asks_nobody_else(bob)
        await _fonts_are_found(bob, tool)
    processes.kill(tmp_path / "tools" / VISION / "label-studio", Path(sys.executable).resolve().name)
    await until(lambda: tools.tool(VISION, "label-studio") is None, "it is seen to be dead")
    async with _asking(await tools.ensure(VISION, "label-studio"), "ada") as again:
        kept = (await again.get(f"api/tasks/{task['id']}/annotations/")).json()
        assert [each["result"][0]["value"] for each in kept] == [{"choices": ["yes"]}]


async def _fonts_are_found(person: httpx.AsyncClient, tool: Tool) -> None:
    """Its styles name them from the root of the host; they are below the door's path."""
    style = (await person.get("static/css/fonts.hellix.css")).raise_for_status()
    named = re.findall(r"""url\(["']?([^"')]+)""", style.text)
    below = f"{PREFIX}/{VISION}/label-studio/"
    assert named
    for each in named:
        assert each.startswith(below)
        (await person.get(each.removeprefix(below))).raise_for_status()


async def _refuses_strangers(tool: Tool, nobody: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(trust_env=False) as stranger:
        for path in ("/health", "/projects/", "/user/login", "/user/signup"):
            assert (await stranger.get(f"{tool.address}{path}")).status_code == 401
        claims = {"X-MAIA-Person": "ada", "Authorization": "Token guessed"}
        assert (await stranger.get(f"{tool.address}/api/projects", headers=claims)).status_code == 401
    assert (await nobody.get("health")).status_code == 200
    assert (await nobody.get("api/projects")).status_code == 401
    signed = {"email": "eve@example.org", "password": "a long password"}
    assert (await nobody.post("user/signup", data=signed)).status_code == 403


async def _page_asks_nobody_else(http: httpx.AsyncClient) -> None:
    page = (await http.get("projects/")).text
    assert f'hostname: location.origin + "{PREFIX}/vision/label-studio"' in page
    assert "collect_analytics: false" in page
    assert "sentry_dsn: null" in page
    assert OUTSIDE.findall(page) == []
    for path in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert path.startswith(f"{PREFIX}/vision/label-studio/"), path


def test_one_that_runs_elsewhere_is_its_api_alone() -> None:
    said = {"kind": "label-studio", "address": "https://studio.example.org", "secret": "t0ken"}
    tool = OutsideTool.model_validate(said).tool(ProjectId("vision"), "studio")
    assert (tool.kind.page, tool.kind.only) == (Page.NONE, ("api/",))
    assert tool.headers("ada") == {"Authorization": "Token t0ken"}
    found = tool.environment("https://hub/x/", "mine", Credentials())
    assert found == {"LABEL_STUDIO_URL": "https://hub/x", "LABEL_STUDIO_API_KEY": "mine"}
    assert kind_called("label-studio").page is Page.SANDBOXED


def _asking(tool: Tool, person: str) -> httpx.AsyncClient:
    """Return who asks as the door does for a person."""
    return httpx.AsyncClient(
        base_url=f"{tool.address}/", headers=tool.headers(person), trust_env=False, timeout=60
    )


async def _made(http: httpx.AsyncClient, path: str, content: object) -> Any:
    answer = await http.post(f"api/{path}", json=content)
    assert answer.status_code == 201, answer.text
    return answer.json()
