"""Only the members of a project see its tools and reach them, tried on a real hub with groups."""

from __future__ import annotations

import httpx

from tests.door.conftest import ACCESS, PREFIX, Running
from tests.service.hub import Hub


def test_a_member_sees_the_tools_of_her_project(door: Running) -> None:
    answer = door.program("alice").get("api/tools", params={"project": "vision"})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["project"], said["projects"]) == ("vision", ["default", "vision"])
    (card,) = said["tools"]
    assert (card["name"], card["kind"], card["url"]) == ("echo", "echo", f"{PREFIX}/vision/echo/")
    assert (card["opens"], card["page"], card["local"]) == ("page", "sandboxed", False)


def test_a_member_of_another_project_is_told_of_none_by_that_name(door: Running) -> None:
    for user in ("bob", "dave"):
        answer = door.program(user).get("api/tools", params={"project": "vision"})
        assert answer.status_code == 404, user
        assert "echo" not in answer.text


def test_everybody_is_in_the_project_that_all_share(door: Running) -> None:
    for user in ("alice", "dave"):
        assert door.program(user).get("api/tools", params={"project": "default"}).json()["tools"] == []


def test_who_shows_nothing_or_a_token_for_something_else_is_told_to_sign_in(door: Running, hub: Hub) -> None:
    for headers in ({}, {"Authorization": f"Bearer {hub.token('alice', ('read:users:name!user',))}"}):
        answer = httpx.get(f"{hub.url}{PREFIX}/api/tools", headers=headers, timeout=20)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_browser_signs_in_at_the_hub_alone(door: Running) -> None:
    browser = door.browser("alice")
    said = browser.get(f"{PREFIX}/api/me").json()
    assert (said["name"], said["projects"]) == ("alice", ["default", "vision"])
    assert len(said["xsrf"]) == 64


def test_the_cookie_is_the_door_s_alone(door: Running, hub: Hub) -> None:
    browser = door.browser("alice")
    (cookie,) = [c for c in browser.cookies.jar if c.name == "maia-session"]
    assert cookie.path == PREFIX
    assert cookie.has_nonstandard_attr("HttpOnly")


def test_the_door_itself_has_no_page_and_leads_to_the_hub(door: Running, hub: Hub) -> None:
    answer = httpx.get(f"{hub.url}{PREFIX}/", timeout=20)
    assert (answer.status_code, answer.headers["location"]) == (302, "/hub/")
    assert door.program("alice").get("api/nothing").status_code == 404


def test_a_token_of_a_server_may_use_the_door(hub: Hub) -> None:
    from maia_hub.hub.roles import SERVER_SCOPES, USER_SCOPES

    assert ACCESS[0] in SERVER_SCOPES
    assert ACCESS[0] in USER_SCOPES
