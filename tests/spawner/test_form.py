"""The spawn form says what one may have now, and what not, and why."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from uuid import UUID

import pytest

from maia_hub.client.models import Choice, GrantRequest, Options
from maia_spawner.options import FIELD, choice, chosen, form, unavailable_form

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)
BOOKING = UUID("00000000-0000-4000-8000-000000000001")
RECORDED = Path(__file__).with_name("form.html")
CPU = Choice(key="cpu", kind="cpu", label="CPU", enabled=True)
BOOKED = Choice(
    key=f"booked:{BOOKING}",
    kind="booked",
    label="Your booked A6000",
    enabled=True,
    pool="a6000",
    booking=BOOKING,
    gpus=1,
    until=NOON,
)
IDLE = Choice(
    key="idle:sim",
    kind="opportunistic",
    label="An idle Simulated GPU, may be taken back when somebody's booking starts",
    enabled=False,
    reason="No Simulated GPU is idle now.",
    simulated=True,
    next_free=NOON,
)
WAIT = Choice(
    key="wait:sim",
    kind="cpu",
    label="Wait for an idle Simulated GPU: start on CPU now",
    enabled=True,
    simulated=True,
    next_free=NOON,
    place=2,
)


def options(*choices: Choice, preselected: str = "cpu") -> Options:
    return Options(now=NOON, choices=list(choices), preselected=preselected)


def test_the_form_is_the_recorded_one() -> None:
    shown = form(options(CPU, BOOKED, IDLE, WAIT, preselected=BOOKED.key), "/services/maia/")
    assert shown == RECORDED.read_text(encoding="utf-8")


def test_nobody_is_promised_a_time_that_nobody_knows() -> None:
    shown = form(options(WAIT.model_copy(update={"next_free": None})), "/")
    assert "Place 2 in line, nobody knows yet when one comes free." in shown


def test_hostile_text_is_only_text() -> None:
    hostile = '"><script>alert(1)</script>'
    bad = CPU.model_copy(update={"key": hostile, "label": hostile, "reason": hostile, "enabled": False})
    shown = form(options(bad), hostile)
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_a_service_that_does_not_answer_leaves_cpu_and_says_why() -> None:
    shown = unavailable_form("The booking service does not answer.")
    assert shown.count("<input") == 1
    assert 'value="cpu" checked' in shown
    assert "does not answer" in shown


def test_a_submitted_form_becomes_user_options() -> None:
    assert chosen({FIELD: [BOOKED.key]}) == {FIELD: BOOKED.key}
    assert chosen({}) == {FIELD: "cpu"}
    assert len(chosen({FIELD: ["x" * 9999]})[FIELD]) <= 120


@pytest.mark.parametrize("odd", [None, "", 7, ["cpu"], {"a": 1}, "x" * 9999, "\ud800", "a\nb"])
def test_whatever_the_hubs_api_lets_through_can_be_asked_for(odd: object) -> None:
    asked = GrantRequest(user="alice", choice=choice({FIELD: odd}))
    assert 0 < len(asked.model_dump_json()) < 250
    assert choice({}) == "cpu"
