"""Who waits for an idle GPU starts on CPU, is asked when it is there, and gets it if she says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maia_hub.core.bookings import Booking, BookingEvent
from maia_hub.core.errors import Conflict, InvalidInput, NotFound
from maia_hub.core.gpus import Outage
from maia_hub.core.ids import DEFAULT_SERVER, NodeId, PoolId, ServerName, TicketId
from maia_hub.core.interval import Interval
from maia_hub.core.leases import GrantKind, LeaseEnd
from maia_hub.desk import Actor, Place
from tests.desk.office import ADA, BEN, BOSS, EVE, Office

IDLE, WAIT, POOL = "idle:a6000", "wait:a6000", PoolId("a6000")
SECOND = ServerName("second")


@pytest.fixture
def full(office: Office) -> Booking:
    """Both GPUs booked for an hour."""
    return office.book(BOSS, 0, 60, gpus=2)


def place_of(office: Office, who: Actor) -> Place | None:
    return next(iter(office.desk.state(who.user, office.now).queue), None)


def place(office: Office, who: Actor) -> Place:
    found = place_of(office, who)
    assert found is not None
    return found


def free(office: Office, booking: Booking) -> None:
    """Let the booking end and time do its work."""
    office.desk.end(BOSS, booking.id, BookingEvent.CANCEL, "", office.now)
    office.desk.tick(office.now)


def accept(office: Office, who: Actor) -> None:
    office.desk.accept_offer(who.user, place(office, who).waiter.id, office.now)


def actions(office: Office) -> list[str]:
    return [event.action for event in office.events if event.action.startswith("queue.")]


def test_waiting_starts_on_cpu_at_once_and_tells_place_and_time(office: Office, full: Booking) -> None:
    office.start(BEN, WAIT)
    given = office.start(ADA, WAIT)
    assert (given.kind, given.place, given.next_free) == (GrantKind.CPU, 2, full.interval.end)
    assert place(office, ADA).expected == full.interval.end
    assert place(office, BEN).number == 1
    assert actions(office) == ["queue.joined", "queue.joined"]


def test_the_first_in_line_is_asked_and_her_server_comes_back_with_the_gpu(
    office: Office, full: Booking
) -> None:
    office.start(ADA, WAIT)
    free(office, full)
    offered = place(office, ADA)
    assert offered.waiter.until == office.now + office.closing.offer
    assert office.notices(ADA) == ["offer"]
    assert [n.id for n in office.desk.state(ADA.user, office.now).notices] == [offered.waiter.notice]
    accept(office, ADA)
    given = office.respawn(ADA)
    assert given.kind is GrantKind.OPPORTUNISTIC
    assert given.gpus[0].id == offered.waiter.gpu
    assert place_of(office, ADA) is None
    assert office.notices(ADA) == ["respawned"]
    assert actions(office) == ["queue.joined", "queue.offered", "queue.accepted", "queue.served"]


def test_a_running_cpu_server_can_join_and_is_asked_at_once_if_a_gpu_is_idle(office: Office) -> None:
    office.start(ADA, "cpu")
    joined = office.desk.join_queue(ADA.user, DEFAULT_SERVER, POOL, office.now)
    assert joined.waiter.gpu is not None
    accept(office, ADA)
    assert office.respawn(ADA).kind is GrantKind.OPPORTUNISTIC


def test_a_gpu_that_is_offered_is_lent_to_nobody_else(office: Office) -> None:
    booking = office.book(BOSS, 0, 60, gpus=1)
    office.start(EVE, IDLE)
    office.start(ADA, WAIT)
    free(office, booking)
    refused = office.start(BEN, IDLE)
    assert refused.kind is GrantKind.CPU
    assert "1 other waits" in refused.reason
    assert office.start(BEN, WAIT).place == 2
    accept(office, ADA)
    assert office.start(BEN, IDLE).kind is GrantKind.CPU, "not while she is being restarted, either"
    assert office.respawn(ADA).kind is GrantKind.OPPORTUNISTIC


def test_nobody_jumps_the_line_in_the_moment_before_the_offer(office: Office, full: Booking) -> None:
    office.start(ADA, WAIT)
    office.start(EVE, WAIT)
    office.desk.end(BOSS, full.id, BookingEvent.CANCEL, "", office.now)
    assert office.start(BEN, IDLE).kind is GrantKind.CPU


def test_an_offer_that_is_turned_down_goes_to_the_next(office: Office) -> None:
    booking = office.book(BOSS, 0, 60, gpus=1)
    office.start(EVE, IDLE)
    office.start(ADA, WAIT)
    office.start(BEN, WAIT)
    free(office, booking)
    gpu = place(office, ADA).waiter.gpu
    office.desk.leave_queue(ADA.user, place(office, ADA).waiter.id, office.now)
    assert place_of(office, ADA) is None
    assert office.notices(ADA) == []
    assert place(office, BEN).waiter.gpu == gpu
    assert "queue.declined" in actions(office)


def test_an_offer_that_is_not_answered_lapses_and_goes_to_the_next(office: Office) -> None:
    booking = office.book(BOSS, 0, 60, gpus=1)
    office.start(EVE, IDLE)
    office.start(ADA, WAIT)
    office.start(BEN, WAIT)
    free(office, booking)
    lapse = office.now + office.closing.offer
    assert office.desk.due(office.now).next_at == lapse, "the loops look again when it lapses"
    office.now = lapse
    office.desk.tick(lapse)
    assert place_of(office, ADA) is None
    assert office.notices(ADA) == ["waiting"]
    assert place(office, BEN).waiter.gpu is not None
    with pytest.raises(NotFound):
        office.desk.accept_offer(ADA.user, TicketId(1), office.now)


def test_a_gpu_that_is_booked_meanwhile_is_offered_no_more_and_the_place_stays(
    office: Office, full: Booking
) -> None:
    office.start(ADA, WAIT)
    free(office, full)
    again = office.book(BOSS, 0, 120, gpus=2)
    office.desk.tick(office.now)
    assert place(office, ADA).waiter.gpu is None
    assert place(office, ADA).number == 1
    assert office.notices(ADA) == ["waiting"]
    with pytest.raises(Conflict, match="No GPU is offered"):
        accept(office, ADA)
    free(office, again)
    assert office.notices(ADA) == ["offer"]


def test_a_gpu_that_is_booked_in_the_moment_of_the_answer_is_refused(office: Office, full: Booking) -> None:
    office.start(ADA, WAIT)
    free(office, full)
    office.book(BOSS, 0, 120, gpus=2)
    with pytest.raises(Conflict, match="booked a moment ago"):
        accept(office, ADA)


def test_a_gpu_that_is_booked_during_the_restart_leaves_cpu_and_the_place(
    office: Office, full: Booking
) -> None:
    office.start(ADA, WAIT)
    free(office, full)
    accept(office, ADA)
    office.book(BOSS, 0, 120, gpus=2)
    given = office.respawn(ADA)
    assert given.kind is GrantKind.CPU
    assert "you keep your place" in given.reason
    office.desk.tick(office.now)
    assert place(office, ADA).waiter.accepted is None
    assert place(office, ADA).waiter.gpu is None


def test_an_outage_of_the_offered_gpu_moves_the_offer_to_another_one(office: Office, full: Booking) -> None:
    office.start(ADA, WAIT)
    free(office, full)
    before = place(office, ADA).waiter
    office.start(EVE, IDLE)
    hour = Interval(office.now, office.now + timedelta(hours=1))
    office.desk.add_outage(BOSS, Outage(NodeId("a6000-0"), hour, 1, "fan"), office.now)
    office.desk.tick(office.now)
    after = place(office, ADA).waiter
    assert after.gpu is None, "one is lent, one is out of order: none is left"
    assert before.gpu is not None


def test_a_server_that_is_stopped_leaves_the_line(office: Office, full: Booking) -> None:
    given = office.start(ADA, WAIT)
    office.stop(given.id)
    office.desk.tick(office.now)
    assert place_of(office, ADA) is None
    assert office.notices(ADA) == ["waiting"], "an idle server may have been stopped behind her back"


def test_a_server_that_is_lost_and_started_again_keeps_its_place(office: Office, full: Booking) -> None:
    given = office.start(ADA, WAIT)
    office.start(BEN, WAIT)
    office.go(minutes=5)
    assert office.desk.lost(given.id, "out-of-memory", "", office.now)
    office.desk.ended(given.id, LeaseEnd.FAILED, office.now)
    office.desk.tick(office.now)
    assert office.respawn(ADA).kind is GrantKind.CPU
    assert place(office, ADA).number == 1


def test_who_gets_a_gpu_in_another_way_leaves_the_line(office: Office, full: Booking) -> None:
    office.start(ADA, WAIT)
    office.start(EVE, WAIT)
    mine = office.desk.end(BOSS, full.id, BookingEvent.CANCEL, "", office.now)
    assert mine.ended_at is not None
    office.book(ADA, 0, 60)
    office.start(ADA, "booked")
    assert place_of(office, ADA) is None
    office.start(EVE, IDLE, SECOND)
    assert place_of(office, EVE) is None, "a borrowed GPU in any server: nobody gets two"


def test_one_has_one_place_in_a_line_which_another_server_may_take_over(
    office: Office, full: Booking
) -> None:
    office.start(ADA, WAIT)
    office.start(BEN, WAIT)
    assert office.start(ADA, WAIT, SECOND).place == 1
    (only,) = office.desk.state(ADA.user, office.now).queue
    assert (only.waiter.server, only.number) == (SECOND, 1)


def test_somebody_elses_place_is_nobodys_business(office: Office, full: Booking) -> None:
    office.start(ADA, WAIT)
    free(office, full)
    ticket = place(office, ADA).waiter.id
    for act in (office.desk.accept_offer, office.desk.leave_queue):
        with pytest.raises(NotFound):
            act(BEN.user, ticket, office.now)


def test_only_a_running_server_without_a_gpu_can_wait(office: Office) -> None:
    with pytest.raises(NotFound, match="does not run"):
        office.desk.join_queue(ADA.user, DEFAULT_SERVER, POOL, office.now)
    office.start(ADA, IDLE)
    with pytest.raises(Conflict, match="have a GPU already"):
        office.desk.join_queue(ADA.user, DEFAULT_SERVER, POOL, office.now)
    office.start(BEN, "cpu")
    with pytest.raises(InvalidInput, match="no GPU pool"):
        office.desk.join_queue(BEN.user, DEFAULT_SERVER, PoolId("h100"), office.now)


def test_a_restart_that_never_comes_does_not_keep_the_gpu_for_ever(office: Office) -> None:
    booking = office.book(BOSS, 0, 60, gpus=1)
    office.start(EVE, IDLE)
    office.start(ADA, WAIT)
    office.start(BEN, WAIT)
    free(office, booking)
    accept(office, ADA)
    office.go(minutes=4)
    assert place(office, BEN).waiter.gpu is None
    office.go(minutes=6)
    assert place(office, BEN).waiter.gpu is not None


def test_what_is_told_fits_into_a_notification(office: Office, full: Booking) -> None:
    office.start(ADA, WAIT)
    free(office, full)
    told = office.desk.state(ADA.user, office.now).notices
    accept(office, ADA)
    office.respawn(ADA)
    told += office.desk.state(ADA.user, office.now).notices
    assert [notice.kind for notice in told] == ["offer", "respawned"]
    longest = len("NVIDIA-H100-80GB-HBM3") - len("A6000")
    assert all(len(f"{notice.title}. {notice.message}") + longest <= 140 for notice in told)
