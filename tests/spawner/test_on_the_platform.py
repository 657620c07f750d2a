"""MaiaLocalSpawner in a real hub: what a server gets, keeps over a respawn, and loses."""

from __future__ import annotations

from contextlib import closing

import httpx

from tests.platform import Platform, eventually


def hub_answers(platform: Platform) -> bool:
    """Tell whether the hub answers to those who ask through the proxy."""
    try:
        return httpx.get(f"{platform.url}/hub/health", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def test_a_choice_that_is_not_the_users_gives_cpu(platform: Platform) -> None:
    booking = platform.book("bob", 120)
    platform.start_server("alice", choice=f"booked:{booking.id}")
    assert platform.environment("alice")["CUDA_VISIBLE_DEVICES"] == ""
    assert platform.environment("alice")["MAIA_GRANT_KIND"] == "cpu"
    with platform.client("alice") as client:
        assert "does not run now" in client.state().sessions[0].reason
    platform.stop_server("alice")
    with platform.client("bob") as client:
        client.cancel(booking.id)


def test_a_booked_server_survives_the_hub_and_gives_its_gpu_back_when_stopped(platform: Platform) -> None:
    platform.book("alice", 300)
    platform.start_server("alice", choice="booked")
    pid = platform.server_pid("alice")
    assert platform.held("alice") == [platform.environment("alice")["CUDA_VISIBLE_DEVICES"]]
    platform.kill("hub")
    eventually(lambda: hub_answers(platform), "the hub to be back")
    platform.await_server("alice")
    assert platform.server_pid("alice") == pid
    platform.stop_server("alice")
    eventually(lambda: platform.held("alice") == [], "the GPU to be free")


def test_after_a_switch_the_browser_is_still_signed_in_and_the_old_token_is_dead(platform: Platform) -> None:
    platform.start_server("alice", choice="cpu")
    old = platform.environment("alice")["JUPYTERHUB_API_TOKEN"]
    with closing(platform.session("alice")) as browser, platform.client("alice") as client:
        browser.get("/user/alice/lab").raise_for_status()
        before = {c.name: c.value for c in browser.cookies.jar if c.path == "/user/alice/"}
        client.switch("", next(c.key for c in client.options().choices if c.kind == "booked"))
        eventually(lambda: platform.held("alice"), "the GPU to be held", 60)
        platform.await_server("alice")
        page = browser.get("/user/alice/lab", follow_redirects=False)
        after = {c.name: c.value for c in browser.cookies.jar if c.path == "/user/alice/"}
    assert page.status_code == 200, "no way through the sign-in"
    assert before["jupyterhub-user-alice"] == after["jupyterhub-user-alice"]
    new = platform.environment("alice")["JUPYTERHUB_API_TOKEN"]
    assert new != old
    hub = f"{platform.url}/hub/api/user"
    for token, status in ((new, 200), (old, 403)):
        reply = httpx.get(hub, headers={"Authorization": f"token {token}"}, trust_env=False)
        assert reply.status_code == status
