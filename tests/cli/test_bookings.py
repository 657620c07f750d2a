"""Booking from a terminal, on the real platform."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cli.commands import Terminal
from tests.platform import Platform


@pytest.fixture(scope="module")
def alice(platform: Platform) -> Terminal:
    return Terminal(platform, "alice")


@pytest.fixture
def booking(alice: Terminal) -> Any:
    """A booking of an hour tomorrow, cancelled after the test."""
    made = alice.json("book", "1h", "--at", "tomorrow 9:00", "--note", "thesis")
    yield made
    left = [b for b in alice.json("bookings") if b["id"] == made["id"]]
    if left:
        alice.says("bookings", "cancel", made["id"][:8])


def test_the_gpus_are_listed_as_simulated(alice: Terminal) -> None:
    assert "simulated" in alice.says("gpus").lower()
    (pool,) = alice.json("gpus")
    assert (pool["capacity"], pool["simulated"]) == (2, True)


def test_a_booking_is_made_in_words_and_in_local_time(alice: Terminal, booking: Any) -> None:
    start, end = datetime.fromisoformat(booking["start"]), datetime.fromisoformat(booking["end"])
    assert end - start == timedelta(hours=1)
    shown = alice.says("bookings")
    assert booking["id"][:8] in shown
    assert "tomorrow 09:00 - 10:00 (1 h)" in shown
    assert "thesis" in shown


def test_a_booking_is_moved_and_made_longer(alice: Terminal, booking: Any) -> None:
    moved = alice.json("bookings", "move", booking["id"][:8], "--at", "tomorrow 14:00", "--for", "2h")
    start, end = datetime.fromisoformat(moved["start"]), datetime.fromisoformat(moved["end"])
    assert start - datetime.fromisoformat(booking["start"]) == timedelta(hours=5)
    assert end - start == timedelta(hours=2)


def test_a_cancelled_booking_is_listed_only_with_the_past(alice: Terminal, booking: Any) -> None:
    assert "Cancelled" in alice.says("bookings", "cancel", booking["id"][:8])
    assert booking["id"] not in {b["id"] for b in alice.json("bookings")}
    assert booking["id"] in {b["id"] for b in alice.json("bookings", "--past")}


def test_somebody_elses_booking_is_seen_but_not_cancelled(
    platform: Platform, alice: Terminal, booking: Any
) -> None:
    bob = Terminal(platform, "bob")
    assert booking["id"] in {b["id"] for b in bob.json("bookings", "--all")}
    assert booking["id"] not in {b["id"] for b in bob.json("bookings")}
    assert "None of your bookings" in bob.refuses("bookings", "cancel", booking["id"][:8])


def test_a_booking_without_a_time_begins_now(alice: Terminal) -> None:
    made = alice.json("book", "5min")
    assert made["mine"]
    alice.run("bookings", "cancel", made["id"][:8])
    alice.run("gpu", "release", "--booking", made["id"][:8])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("book", "1h", "--gpus", "9", "--at", "tomorrow 9:00"), "9"),
        (("book", "1h", "--gpus", "0", "--at", "tomorrow 9:00"), "0"),
        (("book", "1h", "--at", "yesterday 9:00"), "past"),
        (("book", "1s", "--at", "tomorrow 9:00"), "10"),
        (("book", "1h", "--product", "H900"), "Simulated GPU"),
        (("book", "1h", "--at", "someday"), "tomorrow 9:00"),
        (("bookings", "cancel", "zzzzzzzz"), "zzzzzzzz"),
        (("bookings", "move", "zzzzzzzz"), "--at"),
        (("gpu", "extend", "1h"), "no booking to extend"),
        (("gpu", "extend"), "1h"),
        (("gpu", "release"), "no booking to release"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(alice: Terminal, words: tuple[str, ...], told: str) -> None:
    assert told in alice.refuses(*words)


def test_a_wrong_token_is_told_as_such(platform: Platform) -> None:
    stranger = Terminal(platform, "alice", MAIA_TOKEN="wrong")
    assert "oken" in stranger.refuses("gpu")


def test_a_booking_is_handed_over_to_a_colleague_who_may_give_it_back(
    platform: Platform, alice: Terminal, booking: Any
) -> None:
    short = booking["id"][:8]
    assert "Nobody called “nobody” is in the project “default”" in alice.refuses(
        "bookings", "hand-over", short, "--to", "nobody"
    )
    assert "Handed over to bob" in alice.says("bookings", "hand-over", short, "--to", "bob")
    bob = Terminal(platform, "bob")
    assert short in bob.says("bookings")
    bob.says("bookings", "cancel", short)


def test_a_time_that_is_taken_is_waited_for_and_booked_when_it_comes_free(
    platform: Platform, alice: Terminal
) -> None:
    bob = Terminal(platform, "bob")
    taken = bob.json("book", "2h", "--at", "tomorrow 9:00", "--gpus", "2")
    said = alice.says("book", "2h", "--at", "tomorrow 9:00", "--wait", "--latest", "tomorrow 10:00")
    assert "That time is taken" in said
    assert "place 1" in said
    (wish,) = alice.json("waitlist")
    assert "tomorrow 09:00 to tomorrow 10:00" in alice.says("waitlist")
    assert "Nothing is offered" in alice.refuses("waitlist", "accept")
    bob.says("bookings", "cancel", taken["id"][:8])
    (booked,) = alice.json("bookings")
    assert booked["start"] == wish["start"]
    assert "wait for no booking" in alice.says("waitlist")
    alice.says("bookings", "cancel", booked["id"][:8])


def test_a_wish_is_withdrawn(platform: Platform, alice: Terminal) -> None:
    bob = Terminal(platform, "bob")
    taken = bob.json("book", "2h", "--at", "tomorrow 9:00", "--gpus", "2")
    alice.says("book", "2h", "--at", "tomorrow 9:00", "--wait")
    assert "no longer wait" in alice.says("waitlist", "withdraw")
    bob.says("bookings", "cancel", taken["id"][:8])
    assert alice.json("bookings") == []
