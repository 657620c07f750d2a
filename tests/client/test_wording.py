"""Sessions and errors are told in plain words."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from maia_hub.client.models import BookingModel, Choice, GpuModel, QueuePlace, Session, WaitlistEntry
from maia_hub.client.wording import changed_lines, error_lines, place_line, session_lines, wish_line
from maia_hub.core.errors import InvalidInput, Refused
from maia_hub.core.gpus import marked
from maia_hub.core.leases import FIXED

NOW = datetime(2027, 1, 11, 8, 0, tzinfo=timezone.utc)
UTC = timezone.utc
CARD = GpuModel(id="SIM-0", node="here", index=0, product="RTX A6000", memory=2**30, simulated=True)


def session(**values: Any) -> Session:
    plain: dict[str, Any] = {
        "server": "",
        "project": "default",
        "grant": UUID(int=1),
        "kind": "booked",
        "reason": "Your booking.",
        "gpus": [CARD, CARD],
        "booking": UUID(int=2),
        "since": NOW,
        "until": NOW + timedelta(hours=2),
        "save_at": None,
        "stop_at": None,
        "extendable_until": NOW + timedelta(hours=4),
        "next_holder": "bob",
        "next_start": NOW + timedelta(hours=4),
    }
    return Session(**{**plain, **values})


def test_a_booked_session_is_told_with_its_end_and_who_is_next() -> None:
    assert session_lines(session(), NOW, UTC) == [
        "2 × RTX A6000 (simulated), booked.",
        "Until today 10:00 (2 h left).",
        "Next: bob, today 12:00.",
        "You can extend until today 12:00.",
    ]


def test_a_session_with_a_fixed_end_says_so_and_so_does_an_extension() -> None:
    fixed = session(fixed=True, extendable_until=None, next_holder=None)
    assert session_lines(fixed, NOW, UTC)[1:] == ["Until today 10:00 (2 h left).", FIXED]
    booking = BookingModel(
        id=UUID(int=2), user="alice", project="default", pool="p", product="RTX A6000", node="here", gpus=1,
        start=NOW, end=NOW + timedelta(hours=4), state="active", mine=True, may=[],
    )  # fmt: skip
    assert len(changed_lines("Extended", booking, UTC)) == 1
    longer = booking.model_copy(update={"fixed_until": NOW + timedelta(hours=2)})
    assert "cannot follow: it ends Mon 11 Jan 2027 10:00" in changed_lines("Extended", longer, UTC)[1]


def test_a_place_in_line_is_told_with_the_time_it_is_expected_if_anybody_knows() -> None:
    place = QueuePlace(
        id=1, server="", pool="p", product="RTX A6000", simulated=True, since=NOW, place=2,
        expected=NOW + timedelta(hours=2), offer_until=None, accepted=False, notice=None,
    )  # fmt: skip
    told = "You wait for an idle RTX A6000 (simulated): place 2 in line"
    assert place_line(place, NOW, UTC) == f"{told}, expected today 10:00."
    unknown = place.model_copy(update={"expected": None})
    assert place_line(unknown, NOW, UTC) == f"{told}, nobody knows yet when one comes free."
    offered = place.model_copy(update={"offer_until": NOW + timedelta(minutes=5)})
    assert place_line(offered, NOW, UTC).endswith("is there for you, kept until today 08:05.")
    taken = offered.model_copy(update={"accepted": True})
    assert "being restarted" in place_line(taken, NOW, UTC)


def test_a_lent_gpu_is_said_to_be_lent() -> None:
    first = session_lines(session(kind="opportunistic", until=None), NOW, UTC)[0]
    assert "may be taken back" in first


def test_a_cpu_session_says_why_and_what_could_be_had() -> None:
    offer = Choice(key="booked:x", kind="booked", label="your booked A6000 until 16:00", enabled=True)
    lines = session_lines(session(kind="cpu", gpus=[], until=None, switch=offer), NOW, UTC)
    assert lines[0] == "CPU: this server holds no GPU."
    assert "your booked A6000" in lines[-1]


def test_a_simulated_product_is_marked_once() -> None:
    assert marked("Simulated GPU", simulated=True) == "Simulated GPU"
    assert marked("RTX A6000", simulated=True) == "RTX A6000 (simulated)"
    assert marked("RTX A6000", simulated=False) == "RTX A6000"


def test_an_error_tells_what_was_given_allowed_and_advised() -> None:
    error = InvalidInput("No such GPU.", given="V100", allowed=["A6000", "H200"], advice="Choose another.")
    assert error_lines(error) == ["No such GPU.", "given: V100", "allowed: A6000, H200", "Choose another."]


def test_every_rule_that_refused_is_told_with_its_earliest_start() -> None:
    refusals = [
        {"rule": "cooldown", "message": "You had one until today.", "earliest": "2027-01-25T10:00:00Z"},
        {"rule": "max_gpus", "message": "Two are too many.", "earliest": None},
    ]
    lines = error_lines(Refused("The rules refuse this.", details={"refusals": refusals}), UTC)
    assert lines == [
        "The rules refuse this.",
        "cooldown: You had one until today.",
        "earliest start that passes cooldown: 2027-01-25 10:00 UTC",
        "max_gpus: Two are too many.",
    ]


def test_the_next_free_slot_is_told() -> None:
    slot = {
        "pool": "p",
        "node": "here",
        "start": "2027-01-11T12:00:00+00:00",
        "end": "2027-01-11T13:00:00+00:00",
    }
    lines = error_lines(Refused("Taken.", details={"next_free": slot}), UTC)
    assert lines[-1] == "next free: 2027-01-11 12:00 UTC on here"


def test_a_wish_is_told_with_its_window_its_place_and_what_passes_it_over() -> None:
    wish = WaitlistEntry(
        id=UUID(int=5),
        project="default",
        pool="a6000",
        product="RTX A6000",
        gpus=2,
        start=NOW,
        latest_start=NOW + timedelta(hours=3),
        duration=7200,
        note="",
        since=NOW,
        state="waiting",
        place=3,
        expected=NOW + timedelta(hours=2),
        reason="Too many GPUs.",
        use=12,
        offer_until=None,
        booking=None,
    )
    assert wish_line(wish, NOW, UTC) == (
        "2 × RTX A6000, 2 h from today 08:00 to today 11:00: "
        "place 3, expected today 10:00; passed over now: Too many GPUs."
    )
    over = wish.model_copy(update={"state": "passed", "place": None, "latest_start": NOW})
    assert wish_line(over, NOW, UTC) == "2 × RTX A6000, 2 h from today 08:00: passed."
