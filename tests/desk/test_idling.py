"""A booked GPU that does nothing: its owner is asked, her answer counts, and no answer frees it if the site says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from maia_hub.core.bookings import EndCause
from maia_hub.core.errors import Conflict, Forbidden
from maia_hub.core.idleness import IdleRules
from maia_hub.core.ids import LeaseId
from tests.desk.office import ADA, BEN, Office

RULES = IdleRules(
    below=5, window=timedelta(minutes=30), release_after=timedelta(minutes=15), quiet=timedelta(hours=1)
)


def look(
    office: Office, minute: float, peaks: Mapping[LeaseId, float | None], rules: IdleRules = RULES
) -> None:
    office.go(minutes=minute)
    office.desk.watch_idle(peaks, rules, office.now)


def test_no_answer_frees_the_gpu_in_good_order_and_others_can_book_it(office: Office) -> None:
    booking = office.book(ADA, 0, 600, gpus=2)
    grant = office.start(ADA)
    look(office, 31, {grant.id: 2.0})
    (notice,) = office.desk.state(ADA.user, office.now).notices
    assert (notice.kind, notice.title, notice.booking) == ("idle", "Your GPU seems idle", booking.id)
    assert "Less than 5 % use for 30 minutes. Do you still need it?" in notice.message
    assert len(f"{notice.title}. {notice.message}") <= 140, "JupyterLab cuts what is longer"
    assert "released 2026-03-02 12:46 UTC" in notice.message
    look(office, 45, {grant.id: 2.0})
    assert office.desk.booking(booking.id, office.now).live
    look(office, 46, {grant.id: 2.0})
    ended = office.desk.booking(booking.id, office.now)
    free_at = office.now + office.closing.saving + office.closing.drain
    assert (ended.cause, ended.ended_at, office.files[-1].until) == (EndCause.IDLE, free_at, free_at)
    office.now = office.closing.moments(free_at).stop
    assert office.respawn(ADA).kind.value == "cpu"
    assert office.notices(ADA) == ["given-back"]
    office.book(BEN, 48, 600, gpus=2)


def test_whoever_keeps_it_is_left_alone_for_a_while_and_then_asked_again(office: Office) -> None:
    booking = office.book(ADA, 0, 600)
    grant = office.start(ADA)
    look(office, 31, {grant.id: 0.0})
    with pytest.raises(Forbidden):
        office.desk.needed(BEN, booking.id, office.now)
    office.desk.needed(ADA, booking.id, office.now)
    office.desk.needed(ADA, booking.id, office.now)
    assert office.notices(ADA) == []
    for minute in (60, 90):
        look(office, minute, {grant.id: 0.0})
    assert office.notices(ADA) == []
    look(office, 91, {grant.id: 0.0})
    look(office, 92, {grant.id: 0.0})
    assert office.notices(ADA) == ["idle"]
    assert office.desk.booking(booking.id, office.now).live


def test_a_gpu_that_works_again_takes_the_question_back(office: Office) -> None:
    booking = office.book(ADA, 0, 600)
    grant = office.start(ADA)
    look(office, 31, {grant.id: 0.0})
    look(office, 47, {grant.id: 80.0})
    assert office.notices(ADA) == []
    with pytest.raises(Conflict, match="Nobody asked"):
        office.desk.needed(ADA, booking.id, office.now)


@pytest.mark.parametrize("peak", [None, "missing"])
def test_what_was_not_measured_is_no_idleness(office: Office, peak: str | None) -> None:
    booking = office.book(ADA, 0, 600)
    grant = office.start(ADA)
    unknown: dict[LeaseId, float | None] = {} if peak else {grant.id: None}
    look(office, 31, unknown)
    assert office.notices(ADA) == []
    look(office, 32, {grant.id: 0.0})
    look(office, 300, unknown)
    assert office.desk.booking(booking.id, office.now).live


def test_a_server_that_was_just_started_is_not_idle_and_one_of_two_is_enough(office: Office) -> None:
    office.book(ADA, 0, 600)
    office.go(minutes=10)
    grant = office.start(ADA)
    look(office, 31, {grant.id: 0.0})
    assert office.notices(ADA) == []
    look(office, 41, {grant.id: 0.0}, replace(RULES, release_after=None))
    (notice,) = office.desk.state(ADA.user, office.now).notices
    assert "Others may be waiting for one." in notice.message
    office.stop(grant.id)
    look(office, 42, {})
    assert office.notices(ADA) == [], "the question goes with what it was about"
