"""What was decided about a user is told once each and in order, whatever becomes of the connection."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from maia_hub.client import StreamEvent
from maia_hub.client import models as m
from maia_hub.client.stream import parse
from maia_hub.desk import Desk
from maia_hub.desk import changes as rules
from tests.service.conftest import Running, ask
from tests.service.test_live import listening, next_state


@contextmanager
def resumed(service: Running, last: str | None, user: str = "alice") -> Iterator[Iterator[StreamEvent]]:
    """Open the stream of a user again, from where it was told last."""
    headers = {} if last is None else {"Last-Event-ID": last}
    with (
        closing(service.raw(service.token(user), **headers)) as http,
        http.stream("GET", "events") as answer,
    ):
        assert answer.status_code == 200
        yield parse(answer.iter_lines())


def until_state(events: Iterator[StreamEvent]) -> list[StreamEvent]:
    """Return what is told up to the first state, which is the last of them."""
    found = []
    for event in events:
        found.append(event)
        if event.name == "state":
            return found
    raise AssertionError("the stream ended")


def changes(events: list[StreamEvent]) -> list[tuple[int, str, str]]:
    return [(e.data.id, e.data.action, e.data.subject) for e in events if isinstance(e.data, m.Change)]


def recorded(desk: Desk, user: str) -> list[tuple[int, str, str]]:
    with desk._store.read() as tx:
        return [(e.id, e.action, e.subject) for e in tx.events.after(0, 10_000) if e.user == user]


def test_what_happened_meanwhile_is_told_once_in_order_and_before_the_state(service: Running) -> None:
    alice = service.client("alice")
    with listening(service, "alice") as events:
        begun = until_state(events)
        assert [event.name for event in begun] == ["state"]
    booked = alice.book(ask(service))
    service.client("bob").book(ask(service))
    alice.cancel(booked.id)
    with resumed(service, begun[-1].id) as events:
        told = until_state(events)
        assert changes(told) == recorded(service.desk, "alice")
        assert {subject for _, _, subject in changes(told)} == {str(booked.id)}
        assert [event.id for event in told[:-1]] == [str(number) for number, _, _ in changes(told)]
        later = alice.book(ask(service, start=service.soon(hours=5)))
        live = next(event for event in events if event.name == "change")
        assert changes([live])[0][1:] == ("booking.confirmed", str(later.id))
    with resumed(service, live.id) as events:
        assert changes(until_state(events)) == []


def test_a_browser_says_in_the_address_where_to_go_on(service: Running) -> None:
    booked = service.client("alice").book(ask(service))
    browser = service.signed_in("alice")
    with browser.stream("GET", f"{service.api}/events?after=0") as answer:
        told = changes(until_state(parse(answer.iter_lines())))
    assert (told[-1][1], told[-1][2]) == ("booking.confirmed", str(booked.id))


@pytest.mark.parametrize("given", ["999999", "-1", "next", "1.5", "9" * 40])
def test_an_id_that_is_none_leads_to_a_reset_and_the_whole_state(service: Running, given: str) -> None:
    booked = service.client("alice").book(ask(service))
    with resumed(service, given) as events:
        reset, state = until_state(events)
    assert isinstance(reset.data, m.Reset)
    assert reset.data.given == given
    assert "event" in reset.data.reason
    assert isinstance(state.data, m.State)
    assert [booking.id for booking in state.data.bookings] == [booked.id]
    assert reset.id == state.id == str(recorded(service.desk, "alice")[-1][0])


@pytest.mark.parametrize(
    ("limit", "why"), [("FURTHEST", "too long ago"), ("MOST_TOLD", "more than 1 changes")]
)
def test_who_missed_too_much_is_told_so(
    service: Running, monkeypatch: pytest.MonkeyPatch, limit: str, why: str
) -> None:
    monkeypatch.setattr(rules, limit, 1)
    with listening(service, "alice") as events:
        last = until_state(events)[-1].id
    alice = service.client("alice")
    alice.cancel(alice.book(ask(service)).id)
    with resumed(service, last) as events:
        reset, _ = until_state(events)
    assert isinstance(reset.data, m.Reset)
    assert why in reset.data.reason


def test_a_connection_that_breaks_again_and_again_misses_nothing_and_tells_nothing_twice(
    service: Running,
) -> None:
    dice = random.Random(7)
    with listening(service, "alice") as events:
        last = until_state(events)[-1].id
    alice, enough = service.client("alice"), threading.Event()

    def work() -> None:
        for hour in range(2, 14):
            alice.cancel(alice.book(ask(service, start=service.soon(hours=hour))).id)
        enough.set()

    told, thread = [], threading.Thread(target=work)
    thread.start()
    done = False
    while not done:
        done = enough.is_set()
        with resumed(service, last) as events:
            got = until_state(events)
            got += [next(events) for _ in range(dice.randrange(3) * (not done))]
        told += changes(got)
        last = next(event.id for event in reversed(got) if event.id)
    thread.join()
    assert told == recorded(service.desk, "alice")
    assert len(told) >= 24


def test_the_client_goes_on_by_itself_where_it_was_when_the_service_is_started_anew(service: Running) -> None:
    seen, names = service.client("alice").follow(), []
    next_state(seen)
    service.stop()
    service.start()
    booked = service.client("alice").book(ask(service))
    for event in seen:
        names.append(event.name)
        if event.name == "change":
            break
    assert changes([event])[0][2] == str(booked.id)
    assert "reset" not in names
    seen.close()  # type: ignore[attr-defined]
