"""Bookings that repeat, from a terminal."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.cli.commands import Terminal
from tests.platform import Platform

ZONE = ZoneInfo("Europe/Stockholm")
WEEKLY = ("book", "1h", "--at", "tomorrow 9:00", "--weekly")


@pytest.fixture(scope="module")
def alice(platform: Platform) -> Terminal:
    return Terminal(platform, "alice")


def test_a_series_is_previewed_booked_and_cancelled_in_parts(alice: Terminal) -> None:
    shown = alice.says(*WEEKLY, "--times", "3", "--zone", "Asia/Tokyo", "--preview")
    assert "3 of 3 dates are free (Asia/Tokyo)" in shown
    assert "09:00 (1 h)" in shown
    assert alice.json("bookings") == []
    made = alice.json(*WEEKLY, "--times", "3")
    first, second, _third = (booking["id"][:8] for booking in made["bookings"])
    assert alice.says("bookings").count("series") == 3
    assert "1 of its 3 bookings left" in alice.says("bookings", "cancel", second, "--following")
    assert "0 of its 3" in alice.says("bookings", "cancel", first, "--series")


def test_words_that_do_not_go_together_are_refused_with_what_would(alice: Terminal) -> None:
    assert "--until" in alice.refuses(*WEEKLY)
    assert "does not repeat" in alice.refuses("book", "1h", "--times", "3")
    assert "no such time zone" in alice.refuses(*WEEKLY, "--times", "3", "--zone", "Mars/Olympus")
    assert "is not a day" in alice.refuses(*WEEKLY, "--until", "christmas")
    assert "FREQ=WEEKLY" in alice.refuses("book", "1h", "--rule", "FREQ=NEVER;COUNT=2")


def test_a_template_is_saved_booked_by_and_removed(alice: Terminal) -> None:
    assert "You keep no template" in alice.says("templates")
    alice.says("templates", "save", "evening", "2h", "--at", "18:00", "--zone", "Europe/Stockholm")
    assert "18:00 in Europe/Stockholm" in alice.says("templates")
    day = datetime.now(ZONE).date() + timedelta(days=2)
    booked = alice.json("templates", "book", "evening", "--on", day.isoformat())
    assert datetime.fromisoformat(booked["start"]).astimezone(ZONE) == datetime.combine(day, time(18), ZONE)
    assert "Removed" in alice.says("templates", "remove", "evening")
    assert "You have no template" in alice.refuses("templates", "book", "evening")
    alice.says("bookings", "cancel", booked["id"][:8])
