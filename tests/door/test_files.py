"""A tool that is files alone, and what the door says of where it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from maia_hub.tools.model import Kind, Page, Static
from tests.door.conftest import ACCESS, PREFIX, Running
from tests.service.hub import Hub

VIEWER = Kind(name="viewer", title="Viewer", page=Page.TRUSTED, static=Static("dist"))


@pytest.fixture
def files(door: Running, tmp_path: Path) -> Path:
    """The folder of a viewer, with a secret beside it."""
    folder = tmp_path / "dist"
    folder.mkdir()
    (tmp_path / "secret").write_text("not for anybody")
    (folder / "index.html").write_text("<!doctype html><p>start")
    (folder / "app.js").write_text("start()")
    (folder / "link").symlink_to(tmp_path / "secret")
    texts = {"app-config.js": "window.config = {}"}
    viewer = replace(door.tools[0], name="viewer", kind=VIEWER, address="", files=str(folder), texts=texts)
    door.tools.append(viewer)
    return folder


@pytest.mark.usefixtures("files")
def test_files_and_those_that_are_made_are_served_with_a_strict_policy(door: Running) -> None:
    http = door.program("alice")
    for path, text, kind in (
        ("", "<!doctype html><p>start", "text/html"),
        ("app.js", "start()", "text/javascript"),
        ("app-config.js", "window.config = {}", "text/javascript"),
        ("studies/1.2.3", "<!doctype html><p>start", "text/html"),
    ):
        answer = http.get(f"vision/viewer/{path}")
        assert (answer.status_code, answer.text) == (200, text)
        assert answer.headers["content-type"].startswith(kind)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self' 'wasm-unsafe-eval';" in policy
        assert "default-src 'none'" in policy


@pytest.mark.usefixtures("files")
def test_nothing_beside_the_files_is_served(door: Running) -> None:
    http = door.program("alice")
    for path in ("..%2fsecret", "%2e%2e/secret", "link", "/etc/passwd"):
        assert "not for anybody" not in http.get(f"vision/viewer/{path}").text
    assert http.post("vision/viewer/app.js").status_code == 422
    assert door.program("bob").get("vision/viewer/app.js").status_code == 404


def test_one_that_does_not_run_says_so(door: Running) -> None:
    door.tools.append(replace(door.tools[0], name="viewer", kind=VIEWER, address="", files=""))
    door.tools.append(replace(door.tools[0], name="other", address=""))
    for name in ("viewer", "other"):
        answer = door.program("alice").get(f"vision/{name}/")
        assert answer.status_code == 503
        assert "panel “Project”" in answer.json()["advice"]


def test_only_what_a_kind_leads_to_is_reached(door: Running) -> None:
    kind = replace(door.tools[0].kind, only=("dicom-web/",))
    door.tools[:] = [replace(door.tools[0], kind=kind)]
    assert door.program("alice").get("vision/echo/dicom-web/studies").status_code == 200
    assert door.program("alice").get("vision/echo/system").status_code == 404


def test_the_hub_may_have_any_address(door: Running, hub: Hub) -> None:
    door.settings = replace(door.settings, prefix=f"/lab/of/ours{PREFIX}", hub_path="/lab/of/ours/hub/")
    door.restart()
    base = f"http://127.0.0.1:{door.port}/lab/of/ours{PREFIX}"
    headers = {"Authorization": f"Bearer {hub.token('alice', ACCESS)}"}
    (card,) = httpx.get(f"{base}/api/tools?project=vision", headers=headers).json()["tools"]
    assert card["url"] == f"/lab/of/ours{PREFIX}/vision/echo/"
    said = httpx.get(f"{base}/vision/echo/x", headers=headers).json()
    assert said["headers"]["x-forwarded-prefix"] == f"/lab/of/ours{PREFIX}/vision/echo"
    moved = httpx.get(f"{base}/vision/echo/move?to=/next", headers=headers)
    assert moved.headers["location"] == f"/lab/of/ours{PREFIX}/vision/echo/next"
    asked = httpx.get(f"{base}/vision/echo/", headers={"Accept": "text/html"})
    assert asked.headers["location"].startswith(f"/lab/of/ours{PREFIX}/login?next=/lab/of/ours")


def test_a_page_is_sandboxed_with_an_origin_of_its_own_as_well(door: Running) -> None:
    door.settings = replace(door.settings, hub_origin="https://hub.example", public_url=door.hub.url)
    door.site = replace(door.site, ancestors="'self' https://hub.example")
    door.restart()
    token = {"Authorization": f"Bearer {door.hub.token('alice', ACCESS)}"}
    answer = httpx.get(f"{door.hub.url}{PREFIX}/vision/echo/page", headers=token, timeout=20)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts ")
    assert policy.endswith("frame-ancestors 'self' https://hub.example")
