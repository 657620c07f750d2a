"""Projects may be called anything: what leads to a tool is told from the door's own pages by its shape."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.routing import APIRoute

from maia_hub.core.ids import ProjectId
from maia_hub.door import acting, routes
from maia_hub.door.paths import is_ours
from maia_hub.service import signin
from tests.door.conftest import PREFIX, Running, leave, member
from tests.door.tool import ToolServer

NAMES = ("api", "health", "login", "logout", "signed-in", "static", "services")


@pytest.mark.parametrize("project", NAMES)
def test_a_project_may_be_called_as_a_page_of_the_door(door: Running, tool: ToolServer, project: str) -> None:
    door.tools.append(replace(door.tools[0], project=ProjectId(project)))
    member(door.hub, "grace", f"MAIA:{project}")
    try:
        said = door.program("grace").get(f"{project}/echo/a?b=c").json()
        assert said["path"] == "/a?b=c"
        card = door.program("grace").get("api/tools", params={"project": project}).json()["tools"][0]
        assert card["url"] == f"{PREFIX}/{project}/echo/"
        assert door.program("bob").get(f"{project}/echo/a").status_code == 404
    finally:
        leave(door.hub, "grace", f"MAIA:{project}")


def test_every_page_of_the_door_is_its_own() -> None:
    api = [route for router in (routes.router, acting.router) for route in router.routes]
    pages = [route for router in (routes.health, signin.router) for route in router.routes]
    for before, listed in (("/api", api), ("", pages)):
        paths = [route.path for route in listed if isinstance(route, APIRoute)]
        assert len(paths) > 3
        for path in paths:
            assert is_ours(f"{PREFIX}{before}{path}".format(project="vision", name="echo"), PREFIX), path


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/api", True),
        ("/api/", True),
        ("/api/tools", True),
        ("/api/tools/vision/echo/start", True),
        ("/api/toolsmith/", False),
        ("/api/mlflow/api/tools", False),
        ("/login", True),
        ("/login/mlflow/", False),
        ("//vision/echo", True),
        ("/vision/tools/", False),
    ],
)
def test_a_path_is_told_by_its_shape(path: str, ours: bool) -> None:
    assert is_ours(f"{PREFIX}{path}", PREFIX) is ours
    assert is_ours(f"/elsewhere{PREFIX}{path}", PREFIX)


def test_an_encoded_step_of_the_api_is_the_api_s(door: Running) -> None:
    answer = door.program("alice").get("ap%69/me")
    assert (answer.status_code, answer.json()["name"]) == (200, "alice")
    assert answer.headers["cache-control"] == "no-store"
