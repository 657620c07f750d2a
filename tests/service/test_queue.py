"""Waiting for an idle GPU over HTTP: join, be asked, take it or not."""

from __future__ import annotations

import httpx
import pytest

from maia_hub.client import Client
from maia_hub.client import models as m
from maia_hub.core.errors import Conflict, InvalidInput, NotFound
from tests.service.conftest import Running, ask
from tests.service.test_live import listening, next_state

POOL = "simulated-gpu"


def started(service: Running, user: str, choice: str = "cpu") -> m.Grant:
    given = service.spawner().grant(m.GrantRequest(user=user, choice=choice))
    assert isinstance(given, m.Grant)
    service.spawner().grant_running(given.id)
    return given


def taken(service: Running) -> m.BookingModel:
    """Book both GPUs for an hour from now."""
    return service.client("bob").book(ask(service, start=service.clock(), gpus=2))


def the_place(client: Client) -> m.QueuePlace:
    (place,) = client.state().queue
    return place


def test_a_start_that_waits_has_cpu_a_place_and_a_time(service: Running) -> None:
    booked = taken(service)
    offered = service.spawner().spawner_options("alice", "", "default")
    wait = next(c for c in offered.choices if c.key == f"wait:{POOL}")
    assert (wait.enabled, wait.place, wait.next_free) == (True, 1, booked.end)
    grant = started(service, "alice", wait.key)
    assert (grant.kind, grant.place, grant.next_free) == ("cpu", 1, booked.end)
    place = the_place(service.client("alice"))
    assert (place.product, place.simulated, place.offer_until) == ("Simulated GPU", True, None)


def test_an_offer_arrives_on_the_stream_and_is_taken(service: Running) -> None:
    booked = taken(service)
    started(service, "alice")
    client = service.client("alice")
    joined = client.join_queue(POOL)
    assert (joined.place, joined.expected) == (1, booked.end)
    with listening(service, "alice") as events:
        assert next_state(events).queue == [joined]
        service.client("bob").cancel(booked.id)
        service.desk.tick(service.clock())
        state = next_state(events)
        while not state.queue[0].offer_until:
            state = next_state(events)
    (place,) = state.queue
    assert [(n.kind, n.id) for n in state.notices] == [("offer", place.notice)]
    client.accept_offer(place.id)
    assert the_place(client).accepted
    (job,) = service.desk.due(service.clock()).respawns
    assert (job.cause, job.choice) == ("switch", f"idle:{POOL}")


def test_a_place_is_given_up(service: Running) -> None:
    taken(service)
    started(service, "alice")
    client = service.client("alice")
    client.leave_queue(client.join_queue(POOL).id)
    assert client.state().queue == []


def test_what_cannot_be_is_refused_in_words(service: Running) -> None:
    client = service.client("alice")
    with pytest.raises(NotFound, match="does not run"):
        client.join_queue(POOL)
    started(service, "alice")
    with pytest.raises(InvalidInput, match="no GPU pool"):
        client.join_queue("h100")
    taken(service)
    place = client.join_queue(POOL)
    with pytest.raises(Conflict, match="No GPU is offered"):
        client.accept_offer(place.id)
    for act in (service.client("bob").leave_queue, service.client("bob").accept_offer):
        with pytest.raises(NotFound):
            act(place.id)


@pytest.mark.parametrize("place", ["0", "-1", str(2**63), "x", "1.5", "%00"])
def test_a_place_that_can_be_none_is_the_senders_fault(service: Running, place: str) -> None:
    raw: httpx.Client = service.raw(service.token("alice"))
    for answer in (raw.delete(f"queue/{place}"), raw.post(f"queue/{place}/accept")):
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_of_somebody_elses_cannot_give_a_place_up(service: Running) -> None:
    taken(service)
    started(service, "alice")
    place = service.client("alice").join_queue(POOL)
    browser = service.signed_in("alice")
    headers = {"Origin": "https://evil.example", "X-XSRFToken": ""}
    assert browser.delete(f"{service.api}/queue/{place.id}", headers=headers).status_code == 403
    assert the_place(service.client("alice")).id == place.id
