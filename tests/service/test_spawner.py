"""What the spawner asks and reports."""

from __future__ import annotations

from datetime import timedelta

from maia_hub.client import models as m
from maia_hub.core.leases import FIXED
from tests.service.conftest import Running, ask

IDLE = "idle:simulated-gpu"


def _grant(service: Running, choice: str, user: str = "alice", fixed: bool = False) -> m.Grant:
    given = service.spawner().grant(m.GrantRequest(user=user, choice=choice, fixed=fixed))
    assert isinstance(given, m.Grant)
    return given


def test_a_cpu_start_is_granted_in_words(service: Running) -> None:
    grant = _grant(service, "cpu")
    assert (grant.kind, grant.gpus, grant.until) == ("cpu", [], None)
    assert grant.reason


def test_a_booking_that_runs_gives_its_gpu_until_its_end(service: Running) -> None:
    booked = service.client("alice").book(ask(service, start=service.clock(), minutes=5))
    options = service.spawner().spawner_options("alice", "", "default")
    offered = next(c for c in options.choices if c.booking == booked.id)
    assert offered.enabled
    grant = _grant(service, offered.key)
    assert (grant.kind, len(grant.gpus), grant.until) == ("booked", 1, booked.end)
    assert service.client("alice").booking(booked.id).state == "active"
    session = service.client("alice").state().sessions[0]
    assert (session.grant, session.until) == (grant.id, booked.end)


def test_a_server_that_cannot_be_told_of_a_later_end_says_so(service: Running) -> None:
    alice = service.client("alice")
    booked = alice.book(ask(service, start=service.clock(), minutes=5))
    assert not _grant(service, "booked").reason.endswith(FIXED)
    assert not alice.state().sessions[0].fixed
    assert _grant(service, "booked", fixed=True).reason.endswith(FIXED)
    assert FIXED not in _grant(service, "cpu", user="bob", fixed=True).reason
    longer = alice.extend(booked.id, booked.end + timedelta(minutes=1))
    assert longer.fixed_until == booked.end
    assert alice.change(booked.id, m.BookingChange(note="mine")).fixed_until == booked.end
    session = alice.state().sessions[0]
    assert (session.fixed, session.until, session.extendable_until) == (True, booked.end, None)


def test_anothers_booking_gives_nothing(service: Running) -> None:
    booked = service.client("alice").book(ask(service, start=service.clock(), minutes=5))
    grant = _grant(service, f"booked:{booked.id}", user="bob")
    assert (grant.kind, grant.gpus) == ("cpu", [])


def test_an_ended_process_gives_its_gpu_back(service: Running) -> None:
    service.client("alice").book(ask(service, gpus=2, start=service.clock(), minutes=5))
    first = _grant(service, "booked")
    service.spawner().grant_running(first.id)
    service.spawner().grant_ended(first.id, m.GrantEnded())
    again = _grant(service, "booked")
    assert {g.id for g in again.gpus} == {g.id for g in first.gpus}
    assert again.id != first.id


def test_what_the_scheduler_took_while_nobody_else_looked_is_told_and_comes_back_on_cpu(
    service: Running,
) -> None:
    grant = _grant(service, IDLE)
    assert grant.kind == "opportunistic"
    service.spawner().grant_running(grant.id)
    service.clock.shift += timedelta(minutes=1)
    for _ in range(2):  # a report whose answer was lost is sent again
        service.spawner().grant_ended(grant.id, m.GrantEnded(cause="preempted"))
    state = service.client("alice").state()
    assert [notice.title for notice in state.notices] == ["The GPU you borrowed was needed"]
    assert service.spawner().stopping("alice", "").resume
    assert _grant(service, IDLE).kind == "cpu"


def test_a_server_that_nobody_restarts_will_not_resume(service: Running) -> None:
    _grant(service, "cpu")
    assert not service.spawner().stopping("alice", "").resume


def test_releasing_early_shortens_the_session_and_keeps_time_to_save(service: Running) -> None:
    booked = service.client("alice").book(ask(service, start=service.clock(), minutes=30))
    _grant(service, "booked")
    released = service.client("alice").release(booked.id)
    assert released.state in {"active", "ended"}
    session = service.client("alice").state().sessions[0]
    assert session.until is not None
    assert service.clock() < session.until < booked.end - timedelta(minutes=20)


def test_extending_moves_the_end_of_the_session(service: Running) -> None:
    booked = service.client("alice").book(ask(service, start=service.clock(), minutes=5))
    _grant(service, "booked")
    later = booked.end + timedelta(minutes=5)
    assert service.client("alice").extend(booked.id, later).end == later
    assert service.client("alice").state().sessions[0].until == later
