"""What a tool's page is told it may do, and the key that a page without an origin shows."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from maia_hub.door.keys import AGE, PageKeys
from tests.door.conftest import PREFIX, Running
from tests.service.hub import Hub

BASE = f"{PREFIX}/vision/echo"
LOOKS = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def key_of(page: httpx.Response) -> str:
    found = re.search(r'"key": "([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def keyed(door: Running, key: str, method: str = "GET", path: str = "/x", **more: str) -> httpx.Response:
    headers = {"X-MAIA-Page": key, "Origin": "null", "Sec-Fetch-Site": "cross-site", **more}
    return httpx.request(method, f"{door.hub.url}{BASE}{path}", headers=headers, timeout=20)


def test_every_answer_of_a_sandboxed_tool_is_sandboxed(door: Running) -> None:
    browser = door.browser("alice")
    for path in ("/page", "/x", "/static/app.js", "/bytes/10"):
        policy = browser.get(f"{BASE}{path}").headers["content-security-policy"]
        assert policy.startswith("sandbox allow-scripts ")
        assert "allow-same-origin" not in policy
        assert "escape" not in policy
        assert policy.endswith("frame-ancestors 'self'")


def test_a_page_gets_a_key_of_its_own_and_nobody_keeps_it(door: Running) -> None:
    page = door.browser("alice").get(f"{BASE}/page", headers=LOOKS)
    assert page.text.startswith("<!doctype html><html><head><script>(")
    assert page.text.endswith("</script><title>Tool</title></head><body><p id=out>page</p></body></html>")
    assert page.headers["cache-control"] == "no-store"
    assert int(page.headers.get("content-length", "0")) in (0, len(page.content))
    for secret in ("maia-session", "Basic ", "Bearer"):
        assert secret not in page.text


def test_what_is_no_page_is_left_as_it_is(door: Running) -> None:
    browser = door.browser("alice")
    fetched = {"Accept": "text/html", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
    for headers in (fetched, {"Accept": "*/*"}):
        assert "<script>" not in browser.get(f"{BASE}/page", headers=headers).text
    assert "<script>" not in door.program("alice").get("vision/echo/page", headers=LOOKS).text


def test_with_its_key_a_page_asks_its_own_tool(door: Running) -> None:
    key = key_of(door.browser("alice").get(f"{BASE}/page", headers=LOOKS))
    answer = keyed(door, key, "POST")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "null"
    assert "x-maia-page" not in answer.json()["headers"]
    ahead = httpx.options(
        f"{door.hub.url}{BASE}/x",
        headers={
            "Origin": "null",
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "content-type,x-maia-page",
        },
    )
    assert ahead.status_code == 204
    assert "x-maia-page" in ahead.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in ahead.headers


def test_a_key_is_no_good_elsewhere(door: Running, hub: Hub) -> None:
    key = key_of(door.browser("alice").get(f"{BASE}/page", headers=LOOKS))
    for path in ("vision/other/", "lungs/echo/", "api/tools", "api/tools/vision/echo/credentials"):
        answer = httpx.get(f"{hub.url}{PREFIX}/{path}", headers={"X-MAIA-Page": key}, timeout=20)
        assert answer.status_code in (401, 404), path
    for wrong in ("", "x.y", key[:-2], "a" * 5000):
        assert keyed(door, wrong).status_code == 401


def test_a_page_renews_its_key_until_the_sign_in_ends(door: Running) -> None:
    browser = door.browser("alice")
    key = key_of(browser.get(f"{BASE}/page", headers=LOOKS))
    fresh = keyed(door, key, "POST", "/.maia/key").json()["key"]
    assert keyed(door, fresh).status_code == 200
    browser.get(f"{PREFIX}/logout", follow_redirects=False)
    assert keyed(door, fresh).status_code == 401


def test_the_package_s_own_files_need_no_sign_in(door: Running, hub: Hub) -> None:
    assert httpx.get(f"{hub.url}{BASE}/static/app.js").status_code == 401  # nobody has been here yet
    door.browser("alice").get(f"{BASE}/page", headers=LOOKS)
    answer = httpx.get(f"{hub.url}{BASE}/static/app.js", headers={"Origin": "null"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "null")
    assert httpx.post(f"{hub.url}{BASE}/static/app.js").status_code == 401
    assert httpx.get(f"{hub.url}{BASE}/staticx").status_code == 401


@pytest.mark.parametrize("seconds", [1, -1])
def test_a_key_ages(seconds: int) -> None:
    keys = PageKeys("a secret of the tests")
    key = keys.make("digest", "vision", "echo", NOW)
    read = keys.read(key, "vision", "echo", NOW + AGE - timedelta(seconds=seconds))
    assert (read is not None) == (seconds > 0)
    assert PageKeys("another secret of the tests").read(key, "vision", "echo", NOW) is None
