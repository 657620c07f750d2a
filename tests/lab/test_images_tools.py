"""The panel "Images" asks the project's door where the archive and OHIF are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from maia_lab.imaging.handlersbase import DESK
from tests.lab.hpcpanel import Panel
from tests.lab.toolsdoor import TOKEN, ToolsDoor, card, known_tools_door, panel_of

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture
def door(jp_environ: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ToolsDoor]:
    with known_tools_door(monkeypatch) as stands:
        yield stands


@pytest.fixture
def images(
    door: ToolsDoor, jp_fetch: Any, jp_serverapp: Any, jp_asyncio_loop: Any, jp_auth_header: Any
) -> Iterator[Panel]:
    with panel_of(
        jp_serverapp, jp_fetch, jp_asyncio_loop, jp_auth_header, subject="images", desk=DESK
    ) as asked:
        yield asked


async def test_the_archive_is_the_one_of_the_projects_tools(
    images: Panel, door: ToolsDoor, jp_serverapp: Any
) -> None:
    door.environments["default"] = {
        "MAIA_DICOMWEB_URL": f"{door.url}/default/orthanc/dicom-web",
        "MAIA_DICOM_HOST": "10.0.0.1",
        "MAIA_DICOM_PORT": "4242",
        "MAIA_DICOM_AET": "MAIA",
    }
    state = await images.call("GET", "state")
    assert state["archive"]["storescu"].endswith("-aec MAIA 10.0.0.1 4242 FOLDER")
    assert state["problem"] is None
    door.cards["default"] = [card("pacs", "orthanc", "stopped")]
    stopped = (await images.call("GET", "state"))["problem"]
    assert stopped["detail"] == "Orthanc is stopped since 2026-11-21 08:00 UTC."
    archive = await jp_serverapp.web_app.settings[DESK].archive()
    assert archive.token == TOKEN


async def test_without_one_the_project_is_named(images: Panel, door: ToolsDoor) -> None:
    state = await images.call("GET", "state")
    assert state["problem"]["detail"] == "The project default has no image archive that runs."
    door.broken = 502
    assert (await images.call("GET", "state"))["problem"]["status"] == 503


async def test_ohif_is_where_the_door_has_it(images: Panel, door: ToolsDoor) -> None:
    assert (await images.problem("GET", "viewer"))["detail"] == "This project has no OHIF."
    door.cards["default"] = [card("viewer", "ohif", "failing", reason="Its port is taken.")]
    problem = await images.problem("GET", "viewer")
    assert problem["detail"] == "OHIF is failing since 2026-11-21 08:00 UTC. Its port is taken."
    assert problem["advice"] == "Start it in the panel “Project”."
    door.cards["default"] = [card("viewer", "ohif")]
    found = await images.call("GET", "viewer")
    assert found == {"name": "viewer", "url": "/services/maia-tools/default/viewer/"}
