"""Pods that no hub made hold leases as servers do, and end with them."""

from __future__ import annotations

from maia_hub.core.bookings import BookingEvent, BookingState
from maia_hub.core.ids import LeaseId, new_lease_id
from maia_hub.core.leases import LeaseEnd
from maia_hub.core.rights import Ask
from tests.desk.office import ADA, Office

POD = ("lab", "job-1")


def reserve(office: Office) -> LeaseId:
    ask = Ask(user=ADA.user, resource="nvidia.com/gpu", gpus=1)
    return office.desk.reserve(ask, new_lease_id(), POD, office.now, lambda _: None).grant


def test_what_a_pod_should_say_is_told_like_a_servers(office: Office) -> None:
    booking = office.book(ADA, 0, 60, gpus=2)
    grant = reserve(office)
    server = office.start(ADA, "idle:a6000")
    held = {each.session.grant: each for each in office.desk.held(office.now)}
    assert held.keys() == {str(grant), str(server.id)}
    pod = held[str(grant)]
    assert (pod.session.user, pod.session.until, pod.latest) == (
        "ada",
        booking.interval.end,
        booking.interval.end,
    )
    assert len(pod.session.gpus) == 1


def test_a_booking_that_is_given_back_takes_the_pod_along(office: Office) -> None:
    booking = office.book(ADA, 0, 60)
    reserve(office)
    office.desk.end(ADA, booking.id, BookingEvent.RELEASE, "", office.now)
    (held,) = office.desk.held(office.now)
    assert held.latest == office.now + office.closing.saving + office.closing.drain


def test_it_is_no_server(office: Office) -> None:
    booking = office.book(ADA, 0, 60)
    grant = reserve(office)
    assert office.desk.state(ADA.user, office.now).sessions == ()
    assert office.desk.due(office.go(minutes=60)).respawns == ()
    office.desk.ended(grant, LeaseEnd.EXPIRED, office.now)
    assert office.desk.live_leases(office.now) == []
    assert office.desk.booking(booking.id, office.now).state is BookingState.ENDED
