"""A running session, seen and changed from its terminal."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from tests.cli.commands import Terminal
from tests.platform import Platform, eventually


def test_a_server_waits_is_offered_a_gpu_and_takes_it(platform: Platform) -> None:
    booked = Terminal(platform, "bob").json("book", "5min", "--gpus", "2")
    platform.start_server("alice")
    inside = Terminal(platform, "alice", **workspace(platform, "alice"))
    assert "waits for no GPU" in inside.refuses("wait", "--accept")
    expected = r"place 1 in line, expected (today|tomorrow) [0-9]"
    assert re.search(expected, inside.says("wait", "--product", "simulated"))
    assert re.search(expected, inside.says("gpu"))
    assert "No GPU is offered" in inside.refuses("wait", "--accept")
    assert "no longer wait" in inside.says("wait", "--leave")

    inside.says("wait")
    Terminal(platform, "bob").says("bookings", "cancel", str(booked["id"]))
    eventually(lambda: "is there for you, kept until" in inside.says("gpu"), "a GPU is offered", every=0.5)
    assert "restarts with the GPU" in inside.says("wait", "--accept")
    eventually(lambda: platform.held("alice"), "the server to have the GPU", 60)
    platform.await_server("alice")
    platform.stop_server("alice")


def test_a_session_is_shown_extended_and_released(platform: Platform) -> None:
    outside = Terminal(platform, "bob")
    booked = outside.json("book", "5min")
    choice = f"booked:{booked['id']}"
    platform.start_server("bob", choice)
    inside = Terminal(platform, "bob", **workspace(platform, "bob"))

    shown = inside.says("gpu")
    assert "simulated" in shown.lower()
    assert "Until" in shown

    extended = inside.json("gpu", "extend", "2min")
    before, after = (datetime.fromisoformat(b["end"]) for b in (booked, extended))
    assert after - before == timedelta(minutes=2)

    assert "Released" in inside.says("gpu", "release")
    eventually(lambda: "CPU" in outside.says("gpu"), "the server goes on without GPU", every=0.5)
    platform.await_server("bob")
    platform.stop_server("bob")


def workspace(platform: Platform, user: str) -> dict[str, str]:
    """Return what a terminal of the user's server has in its environment."""
    environment = platform.environment(user)
    inherited = {k: v for k, v in environment.items() if k.startswith("MAIA_")}
    return {**inherited, "MAIA_TOKEN": environment["JUPYTERHUB_API_TOKEN"]}
