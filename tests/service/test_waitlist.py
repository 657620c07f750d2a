"""The waiting list over HTTP: wait, see one's place, get it or be offered it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from maia_hub.client import models as m
from maia_hub.core.errors import Conflict, InvalidInput, NotFound
from tests.service.conftest import Running, ask
from tests.service.test_live import listening, next_state

HOUR = timedelta(hours=1)


def taken(service: Running, hours: float) -> m.BookingModel:
    """Book both GPUs for an hour, so many hours from now."""
    return service.client("bob").book(ask(service, start=service.clock() + hours * HOUR, gpus=2))


def same(booking: m.BookingModel, latest: timedelta | None = None) -> m.WaitlistRequest:
    return m.WaitlistRequest(
        pool=booking.pool,
        gpus=booking.gpus,
        start=booking.start,
        end=booking.end,
        latest_start=None if latest is None else booking.start + latest,
    )


def test_a_cancelled_booking_is_the_next_ones_and_she_reads_so_at_once(service: Running) -> None:
    booked, alice = taken(service, 5), service.client("alice")
    waits = alice.wait_for(same(booked))
    assert (waits.state, waits.place, waits.expected, waits.booking) == ("waiting", 1, None, None)
    with listening(service, "alice") as events:
        assert next_state(events).waitlist == [waits]
        service.client("bob").cancel(booked.id)
        state = next_state(events)
        while state.waitlist:
            state = next_state(events)
    assert [b.start for b in state.bookings if b.mine] == [booked.start]
    assert [n.kind for n in state.notices] == ["waitlist"]
    (over,) = alice.waitlist(past=True)
    assert over.state == "served"
    assert over.booking is not None


def test_what_begins_soon_is_offered_and_is_taken_or_not(service: Running) -> None:
    booked = taken(service, 0.5)
    alice, carol = service.client("alice"), service.client("carol")
    first, second = alice.wait_for(same(booked)), carol.wait_for(same(booked))
    assert second.place == 2
    service.client("bob").cancel(booked.id)
    (offered,) = alice.waitlist()
    assert offered.state == "offered"
    assert offered.offer_until is not None
    alice.decline_wish(first.id)
    assert alice.waitlist() == []
    (offered,) = carol.waitlist()
    assert offered.booking is not None
    assert carol.accept_wish(second.id).id == offered.booking.id
    assert [b.id for b in carol.bookings()] == [offered.booking.id]


def test_a_wish_is_withdrawn_by_its_owner_alone(service: Running) -> None:
    alice = service.client("alice")
    wish = alice.wait_for(same(taken(service, 5), latest=HOUR / 2))
    for somebody, wish_id in (("bob", wish.id), ("alice", uuid4())):
        with pytest.raises(NotFound):
            service.client(somebody).withdraw_wish(wish_id)
    with pytest.raises(Conflict, match="Nothing is offered"):
        alice.accept_wish(wish.id)
    alice.withdraw_wish(wish.id)
    assert alice.waitlist() == []


def test_what_can_be_booked_is_booked_and_what_never_can_is_refused(service: Running) -> None:
    alice = service.client("alice")
    request = ask(service, start=service.clock() + 3 * HOUR)
    wish = alice.wait_for(m.WaitlistRequest(**dict(request)))
    assert (wish.state, wish.booking is not None) == ("served", True)
    with pytest.raises(InvalidInput, match="number of GPUs"):
        alice.wait_for(m.WaitlistRequest(**{**dict(request), "gpus": 9}))


def test_administrators_see_everybodys_wishes_and_remove_one(service: Running) -> None:
    booked = taken(service, 5)
    first = service.client("alice").wait_for(same(booked))
    service.client("dora").wait_for(same(booked))
    admin, at = service.signed_in("carol"), f"{service.api}/admin/waitlist"
    page = admin.get(f"{at}?limit=1")
    assert [wish["user"] for wish in page.json()] == ["alice"]
    rest = admin.get(f"{at}?limit=1&cursor={page.headers['next-cursor']}")
    assert [wish["user"] for wish in rest.json()] == ["dora"]
    assert "next-cursor" not in rest.headers
    gone = admin.post(f"{at}/{first.id}/remove", json={"reason": "asked for twice"})
    assert gone.status_code == 204
    assert service.client("alice").waitlist() == []
    assert service.client("alice").waitlist(past=True)[0].reason == "asked for twice"
    assert service.signed_in("bob").get(at).status_code == 403
    assert service.raw(service.token("carol")).get("admin/waitlist").status_code == 403
