"""MaiaLocalSpawner in a real hub: what a server gets, keeps over a respawn, and loses."""

from __future__ import annotations

from contextlib import closing

import httpx
import pytest

from tests.platform import Platform, command_of, eventually, processes_of, read_environment


def hub_answers(platform: Platform) -> bool:
    """Tell whether the hub answers to those who ask through the proxy."""
    try:
        return httpx.get(f"{platform.url}/hub/health", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def call_server(platform: Platform, method: str, path: str) -> httpx.Response:
    """Call the REST API of alice's server."""
    headers = {"Authorization": f"token {platform.token('alice')}"}
    url = f"{platform.url}/user/alice/api/{path}"
    return httpx.request(method, url, headers=headers, timeout=60, trust_env=False).raise_for_status()


def devices_of(platform: Platform, parts: tuple[str, ...]) -> dict[str, str]:
    """Return the GPUs that alice's processes see, by the part of their command line that names them."""
    found = {}
    for pid in processes_of("alice", platform.data):
        command = " ".join(command_of(pid))
        for part in parts:
            if part in command:
                found[part] = read_environment(pid)["CUDA_VISIBLE_DEVICES"]
    return found if len(found) == len(parts) else {}


@pytest.mark.parametrize(("choice", "gpus"), [("cpu", ""), ("booked", "SIM-0,SIM-1")])
def test_kernels_and_terminals_see_what_the_server_was_given(
    platform: Platform, choice: str, gpus: str
) -> None:
    booking = platform.book("alice", 120, gpus=2)
    platform.start_server("alice", choice=choice)
    call_server(platform, "POST", "kernels")
    call_server(platform, "POST", "terminals")
    parts = ("jupyterhub.singleuser", "ipykernel_launcher", "/bin/bash")
    seen = eventually(lambda: devices_of(platform, parts), "kernel and terminal run")
    assert set(seen.values()) == {gpus}
    platform.stop_server("alice")
    with platform.client("alice") as client:
        client.release(booking.id)


def test_a_start_that_fails_gives_the_gpu_back_at_once(platform: Platform) -> None:
    home = platform.data / "homes" / "bob"
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file where a folder should be", encoding="utf-8")
    booking = platform.book("bob", 120)
    platform.hub("POST", "/users/bob/server", "bob", json={"user_options": {"maia_choice": "booked"}})
    eventually(lambda: platform.server("bob") is None, "the start has failed")
    eventually(lambda: platform.held("bob") == [], "the GPU is free", 10)
    assert "NotADirectoryError" in (platform.data / "logs" / "hub.log").read_text(errors="replace")
    home.unlink()
    with platform.client("bob") as client:
        client.release(booking.id)


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


def test_a_server_survives_a_hub_that_is_killed_while_it_starts(platform: Platform) -> None:
    platform.hub("POST", "/users/bob/server", "bob", json={"user_options": {"maia_choice": "cpu"}})
    pid = eventually(lambda: pid_of(platform, "bob"), "the server's process is there")
    before = platform.kill("hub")
    eventually(lambda: platform.pid("hub") != before, "a new hub", 10)
    eventually(lambda: hub_answers(platform), "the new hub answers")
    platform.await_server("bob")
    assert platform.server_pid("bob") == pid
    platform.stop_server("bob")


def pid_of(platform: Platform, user: str) -> int | None:
    try:
        return platform.server_pid(user)
    except AssertionError:
        return None


def test_a_server_that_cannot_start_is_said_at_once_and_gives_its_gpu_back(platform: Platform) -> None:
    config = platform.data / "homes" / "bob" / ".jupyter" / "jupyter_server_config.py"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("raise SystemExit(5)", encoding="utf-8")
    booking = platform.book("bob", 120)
    platform.hub("POST", "/users/bob/server", "bob", json={"user_options": {"maia_choice": "booked"}})
    eventually(lambda: platform.server("bob") is None, "the start has failed", 20)
    eventually(lambda: platform.held("bob") == [], "the GPU is free", 10)
    assert "ended while it started, with status 5" in (platform.data / "logs" / "hub.log").read_text()
    config.unlink()
    with platform.client("bob") as client:
        client.release(booking.id)


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
