"""The event stream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx

from maia_hub.client import StreamEvent
from maia_hub.client import models as m
from maia_hub.client.stream import parse
from tests.platform import eventually
from tests.service.conftest import Running, ask


@contextmanager
def listening(service: Running, user: str) -> Iterator[Iterator[StreamEvent]]:
    """Open the stream of a user."""
    client = service.client(user)
    events = client.events()
    try:
        yield events
    finally:
        events.close()  # type: ignore[attr-defined]
        client.close()


def next_state(events: Iterator[StreamEvent]) -> m.State:
    """Return the next state; a stream that ends is an error."""
    for event in events:
        if isinstance(event.data, m.State):
            return event.data
    raise AssertionError("the stream ended")


def test_the_state_comes_on_connect(service: Running) -> None:
    with listening(service, "alice") as events:
        state = next_state(events)
    assert (state.user, state.sessions, state.bookings) == ("alice", [], [])
    assert state.pools[0].simulated


def test_ones_own_booking_arrives_at_once(service: Running) -> None:
    with listening(service, "alice") as events:
        before = next_state(events)
        booked = service.client("alice").book(ask(service))
        after = next_state(events)
    assert [b.id for b in after.bookings] == [booked.id]
    assert after.calendar_version > before.calendar_version


def test_anothers_booking_is_told_as_a_new_calendar_and_not_as_mine(service: Running) -> None:
    with listening(service, "alice") as events:
        before = next_state(events)
        service.client("bob").book(ask(service))
        after = next_state(events)
    assert after.calendar_version > before.calendar_version
    assert after.bookings == []


def test_every_listener_of_a_user_gets_every_state(service: Running) -> None:
    with listening(service, "alice") as first, listening(service, "alice") as second:
        next_state(first)
        next_state(second)
        booked = service.client("alice").book(ask(service))
        assert [next_state(e).bookings[0].id for e in (first, second)] == [booked.id] * 2


def test_a_booking_that_begins_offers_the_switch_without_any_event(service: Running) -> None:
    alice = service.client("alice")
    grant = service.spawner().grant(m.GrantRequest(user="alice"))
    assert isinstance(grant, m.Grant)
    service.spawner().grant_running(grant.id)
    booked = alice.book(ask(service, start=service.clock() + timedelta(seconds=3), minutes=5))
    with listening(service, "alice") as events:
        state = next_state(events)
        while state.sessions[0].switch is None:
            state = next_state(events)
    assert state.sessions[0].switch.booking == booked.id


def test_usage_comes_while_a_gpu_is_held_and_claims_nothing_of_a_simulated_one(service: Running) -> None:
    service.client("alice").book(ask(service, start=service.clock(), minutes=5))
    grant = service.spawner().grant(m.GrantRequest(user="alice", choice="booked"))
    assert isinstance(grant, m.Grant)
    assert grant.kind == "booked"
    with listening(service, "alice") as events:
        usage = next(e.data for e in events if isinstance(e.data, m.Usage))
    assert [g.utilisation for g in usage.gpus] == [None]
    assert [g.gpu for g in usage.gpus] == [g.id for g in grant.gpus]


def test_who_connects_again_gets_the_whole_state_with_what_happened_meanwhile(service: Running) -> None:
    with listening(service, "alice") as events:
        next_state(events)
    booked = service.client("alice").book(ask(service))
    api = service.raw(service.token("alice"), **{"Last-Event-ID": "7"})
    with api.stream("GET", "events") as answer:
        assert [b.id for b in next_state(parse(answer.iter_lines())).bookings] == [booked.id]


def test_a_stream_tells_nothing_of_others_but_when_the_calendar_is_new(service: Running) -> None:
    service.client("bob").book(ask(service, gpus=2, note="bobs own words"))
    with service.raw(service.token("alice")).stream("GET", "events") as answer:
        lines = answer.iter_lines()
        first = next(line for line in lines if line.startswith("data:"))
        service.client("bob").book(ask(service, start=service.soon(hours=9), note="bobs own words"))
        second = next(line for line in lines if line.startswith("data:"))
    assert '"bookings":[]' in first
    assert "bob" not in first + second


def test_the_heartbeat_tells_the_time_of_the_service(service: Running) -> None:
    service.clock.shift = timedelta(hours=-1)
    with listening(service, "alice") as events:
        tick = next(e.data for e in events if isinstance(e.data, m.Tick))
    assert abs(tick.now - service.clock()) < timedelta(minutes=1)


def test_a_stream_ends_with_its_sign_in(service: Running) -> None:
    browser = service.signed_in("alice")
    with browser.stream("GET", f"{service.api}/events") as answer:
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("event: state"))
        httpx.get(f"{service.url}/logout", cookies=dict(browser.cookies))
        assert not any(line == "event: time" for line in lines)


def test_what_a_listener_used_is_given_back_when_he_leaves(service: Running) -> None:
    def streams() -> str:
        text = service.raw().get(f"{service.url}/metrics").text
        return next(line for line in text.splitlines() if line.startswith("maia_streams "))

    with listening(service, "alice") as one, listening(service, "alice") as two:
        next_state(one)
        next_state(two)
        assert streams() == "maia_streams 2.0"
    eventually(lambda: streams() == "maia_streams 0.0", "nobody listens")


def test_a_stream_needs_a_sign_in(service: Running) -> None:
    assert service.raw().get("events").status_code == 401


def test_a_stream_passes_the_proxy_unbuffered(service: Running) -> None:
    browser = service.signed_in("alice")
    with browser.stream("GET", f"{service.api}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert any(line.startswith("event: state") for line in answer.iter_lines())


def test_the_server_stops_though_a_stream_is_open(service: Running) -> None:
    with listening(service, "alice") as events:
        next_state(events)
        service.stop()
        assert list(events) == []
