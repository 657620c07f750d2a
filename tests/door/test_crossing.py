"""A page of another origin, a sandboxed one among them, can do nothing with the cookie of whoever looks at it."""

from __future__ import annotations

import pytest

from tests.door.conftest import PREFIX, Running
from tests.door.tool import ToolServer

PAGE = f"{PREFIX}/vision/echo/x"


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {"Origin": "null"}),
        ("POST", {"Origin": "http://elsewhere.example"}),
        ("POST", {}),
        ("DELETE", {"Sec-Fetch-Site": "same-origin"}),
        ("POST", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": "null"}),
        ("POST", {"Sec-Fetch-Site": "same-site", "Origin": "http://other.example"}),
        ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}),
        ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": "null"}),
        ("GET", {"Origin": "null"}),
    ],
)
def test_what_another_page_causes_is_refused(
    door: Running, tool: ToolServer, method: str, headers: dict[str, str]
) -> None:
    browser, before = door.browser("alice"), len(tool.seen)
    assert browser.request(method, PAGE, headers=headers).status_code == 403
    assert len(tool.seen) == before


def test_the_tool_s_own_page_and_a_link_pass(door: Running) -> None:
    browser = door.browser("alice")
    own = {"Origin": door.hub.url, "Sec-Fetch-Site": "same-origin"}
    assert browser.post(PAGE, headers=own).status_code == 200
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
    assert browser.get(PAGE, headers=link).status_code == 200


def test_the_api_of_the_door_wants_its_token_of_whoever_changes_something(door: Running) -> None:
    browser = door.browser("alice")
    headers = {"Origin": door.hub.url}
    assert browser.post(f"{PREFIX}/api/tools/vision/echo/stop", headers=headers).status_code == 403
