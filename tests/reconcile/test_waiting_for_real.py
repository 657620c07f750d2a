"""Who waits for an idle GPU works on CPU, is asked when it is there, and gets it by a restart: on real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from maia_hub.client import Client
from maia_hub.client import models as m
from tests.platform import Platform, eventually

POOL = "simulated-gpu"
MANY = 150


def place(client: Client) -> m.QueuePlace | None:
    return next(iter(client.state().queue), None)


def offered(client: Client) -> m.QueuePlace | None:
    found = place(client)
    return found if found and found.offer_until else None


def next_place(client: Client) -> int | None:
    """Return the place in line that a start would bring now; None if a GPU is idle."""
    return next((c.place for c in client.options().choices if c.key == f"wait:{POOL}"), None)


@contextmanager
def line_of_150(platform: Platform) -> Iterator[None]:
    """Let 150 people ask the service as the spawner does, and be put in line on CPU; let them go at the end."""
    secret = json.loads((platform.data / "settings.json").read_text())["secrets"]["spawner"]
    with Client(platform.service_url, secret) as spawner:
        given = [
            spawner.grant(m.GrantRequest(user=f"waiting-{number}", choice=f"wait:{POOL}"))
            for number in range(MANY)
        ]
        assert [g.place for g in given if isinstance(g, m.Grant) and g.kind == "cpu"] == [*range(1, MANY + 1)]
        yield
        for each in given:
            assert isinstance(each, m.Grant)
            spawner.grant_ended(each.id, m.GrantEnded())


def told_while_starting(platform: Platform, user: str, choice: str) -> list[str]:
    """Start a server; return what the spawn page says until it is ready."""
    body = {"user_options": {"maia_choice": choice}}
    path = f"/users/{user}/server"
    with ThreadPoolExecutor() as pool:
        pool.submit(platform.hub, "POST", path, user, json=body)  # it is answered when the server is ready

        def followed() -> str | None:
            answer = platform.hub("GET", f"{path}/progress", user)
            return answer.text if answer.is_success else None

        stream = eventually(followed, "the start to be followed")
    events = [json.loads(line[len("data:") :]) for line in stream.splitlines() if line.startswith("data:")]
    return [str(event.get("message", "")) for event in events]


def test_a_server_waits_on_cpu_and_is_restarted_with_the_gpu_when_its_owner_agrees(
    platform: Platform,
) -> None:
    booking = platform.book("bob", 300, gpus=2)
    platform.start_server("alice", choice=f"wait:{POOL}")
    assert platform.environment("alice")["CUDA_VISIBLE_DEVICES"] == ""
    with platform.client("alice") as alice, platform.client("bob") as bob:
        waiting = place(alice)
        assert waiting is not None
        assert (waiting.place, waiting.expected, waiting.offer_until) == (1, booking.end, None)
        bob.cancel(booking.id)
        found = eventually(lambda: offered(alice), "alice to be asked")
        assert [n.kind for n in alice.state().notices] == ["offer"]
        pid = platform.server_pid("alice")
        alice.accept_offer(found.id)
        eventually(lambda: platform.held("alice"), "alice to have the GPU", 60)
        platform.await_server("alice")
        assert platform.environment("alice")["CUDA_VISIBLE_DEVICES"] in ("SIM-0", "SIM-1")
        assert platform.server_pid("alice") != pid
        assert place(alice) is None
    platform.stop_server("alice")
    eventually(lambda: not platform.held("alice"), "the GPU to be free")


def test_an_offer_that_nobody_answers_goes_to_the_next_and_a_stopped_server_leaves_the_line(
    platform: Platform,
) -> None:
    booking = platform.book("bob", 300, gpus=2)
    platform.start_server("alice", choice=f"wait:{POOL}")
    with platform.client("alice") as alice, platform.client("bob") as bob:
        bob.cancel(booking.id)
        eventually(lambda: offered(alice), "alice to be asked")
        eventually(lambda: place(alice) is None, "the offer to lapse", 60)
        assert alice.state().notices[0].kind == "waiting"
        again = platform.book("bob", 300, gpus=2)
        alice.join_queue(POOL)
        platform.stop_server("alice")
        eventually(lambda: place(alice) is None, "the stopped server to leave the line")
        bob.cancel(again.id)


def test_a_start_on_cpu_is_given_at_once_with_150_people_in_line(platform: Platform) -> None:
    booking = platform.book("bob", 300, gpus=2)
    with line_of_150(platform), platform.client("alice") as alice, platform.client("bob") as bob:
        platform.start_server("alice", choice="cpu")
        assert platform.environment("alice")["MAIA_GRANT_KIND"] == "cpu"
        assert alice.state().sessions[0].reason == "You chose CPU."
        assert alice.join_queue(POOL).place == MANY + 1
        bob.cancel(booking.id)
        idle = next(c for c in alice.options().choices if c.key == f"idle:{POOL}")
        assert not idle.enabled, "150 were here before her"
        platform.stop_server("alice")


def test_the_spawn_page_tells_place_and_time_while_the_server_starts(platform: Platform) -> None:
    booking = platform.book("bob", 300, gpus=2)
    with platform.client("alice") as alice:
        eventually(lambda: next_place(alice) == 1, "those before her to have left the line")
    told = told_while_starting(platform, "alice", f"wait:{POOL}")
    said = f"Place 1 in line, expected at {booking.end:%H:%M} UTC; you are asked when it is there."
    assert any(message.endswith(said) for message in told), told
    platform.stop_server("alice")
    with platform.client("bob") as bob:
        bob.cancel(booking.id)
