"""A server that nobody stopped is lost: its owner is told why at once, and it is started again."""

from __future__ import annotations

from typing import get_args

import pytest

from maia_hub.core.leases import GrantKind, LeaseEnd
from maia_hub.desk import Loss
from maia_hub.desk.losing import WORTH_A_RESTART
from maia_hub.desk.texts import AGAIN, AGAIN_ON_CPU, LOST, NOT_AGAIN
from tests.desk.office import ADA, Office

IDLE = "idle:a6000"
LOSSES: tuple[Loss, ...] = get_args(Loss)


def told(office: Office) -> tuple[str, str, str]:
    (notice,) = office.desk.state(ADA.user, office.now).notices
    return notice.kind, notice.title, notice.message


def test_a_booked_server_that_ran_out_of_memory_gets_its_gpu_again(office: Office) -> None:
    office.book(ADA, 0, 60)
    given = office.start(ADA)
    office.go(minutes=5)
    assert office.desk.lost(given.id, "out-of-memory", "it had 512Mi", office.now)
    assert told(office) == ("lost", LOST["out-of-memory"][0], f"{LOST['out-of-memory'][1]} {AGAIN}")
    (event,) = [e for e in office.events if e.action == "server.lost"]
    assert event.reason == "out-of-memory: it had 512Mi"

    back = office.respawn(ADA)

    assert back.kind is GrantKind.BOOKED
    assert told(office)[0] == "lost"
    assert office.desk.due(office.now).respawns == ()


@pytest.mark.parametrize("why", ["preempted", "deadline"])
def test_a_server_that_had_to_give_its_gpu_up_comes_back_on_cpu(office: Office, why: Loss) -> None:
    given = office.start(ADA, IDLE)
    office.go(minutes=5)
    assert office.desk.lost(given.id, why, "", office.now)
    assert told(office)[2].endswith(AGAIN_ON_CPU)
    back = office.respawn(ADA)
    assert back.kind is GrantKind.CPU
    assert "was lost" in back.reason


def test_a_cpu_server_is_started_again_too(office: Office) -> None:
    given = office.start(ADA, "cpu")
    office.go(minutes=5)
    assert office.desk.lost(given.id, "evicted", "", office.now)
    assert office.respawn(ADA).kind is GrantKind.CPU
    assert told(office)[1] == LOST["evicted"][0]


def test_a_loss_that_the_loops_had_found_first_is_told_all_the_same(office: Office) -> None:
    given = office.start(ADA, IDLE)
    office.go(minutes=5)
    office.desk.ended(given.id, LeaseEnd.FAILED, office.now)
    assert office.desk.lost(given.id, "node-lost", "", office.now)
    assert office.desk.due(office.now).respawns[0].cause == "lost"


def test_of_one_loss_is_told_once(office: Office) -> None:
    given = office.start(ADA, IDLE)
    office.go(minutes=5)
    assert office.desk.lost(given.id, "preempted", "", office.now)
    assert not office.desk.lost(given.id, "preempted", "", office.now)
    assert len([e for e in office.events if e.action == "server.lost"]) == 1


def test_a_server_that_its_owner_stopped_was_not_lost(office: Office) -> None:
    given = office.start(ADA, IDLE)
    office.go(minutes=5)
    office.stop(given.id)
    assert not office.desk.lost(given.id, "deleted", "", office.now)
    assert office.notices(ADA) == []
    assert office.desk.due(office.now).respawns == ()


def test_a_server_that_has_come_to_its_end_was_not_lost(office: Office) -> None:
    office.book(ADA, 0, 60)
    given = office.start(ADA)
    office.go(minutes=60, seconds=-3)
    assert not office.desk.lost(given.id, "failed", "", office.now)
    assert office.respawn(ADA).kind is GrantKind.CPU
    assert office.notices(ADA) == ["expired"]


def test_an_old_loss_is_no_news(office: Office) -> None:
    given = office.start(ADA, IDLE)
    office.go(minutes=5)
    office.desk.ended(given.id, LeaseEnd.FAILED, office.now)
    office.go(minutes=10)
    assert not office.desk.lost(given.id, "failed", "", office.now)


def test_a_server_that_was_lost_at_once_is_not_started_for_ever(office: Office) -> None:
    given = office.start(ADA, IDLE)
    office.now += WORTH_A_RESTART / 2
    assert not office.desk.lost(given.id, "out-of-memory", "", office.now)
    assert told(office)[2].endswith(NOT_AGAIN)
    assert office.desk.due(office.now).respawns == ()


@pytest.mark.parametrize("why", LOSSES)
def test_what_is_told_fits_a_notification(why: Loss) -> None:
    title, message = LOST[why]
    assert len(f"{title}. {message} {AGAIN_ON_CPU}") <= 140


def test_a_preempted_owner_is_told_when_her_server_is_gone_and_again_when_it_is_back(office: Office) -> None:
    given = office.start(ADA, IDLE)
    office.go(minutes=5)
    office.desk.mark_stopping(given.id, "preempted", office.now)
    office.stop(given.id)
    assert told(office)[2] == "Your server is being started again on CPU."
    office.start(ADA)
    assert told(office)[2].startswith("Your server now runs on CPU.")
