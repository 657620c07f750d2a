"""The service on PostgreSQL: a second one beside it, and a server that goes away and comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from maia_hub.core.closing import DEMO
from maia_hub.core.ids import UserName
from maia_hub.core.interval import Interval
from maia_hub.core.policy import PRESETS, PolicySet
from maia_hub.desk import Actor, Asked, Desk
from maia_hub.service import streams
from maia_hub.service.settings import ServiceSettings
from maia_hub.store import Store
from tests.postgres.server import Server, running
from tests.service.conftest import GPUS, SPAWNER_SECRET, MovableClock, Running, ask
from tests.service.hub import SERVICE_SECRET, Hub
from tests.service.test_live import listening, next_state

WITHIN = 30.0  # seconds; a test that fails takes so long


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that these tests may stop."""
    with running() as started:
        yield started


@pytest.fixture
def stores(server: Server) -> Iterator[tuple[Store, Store]]:
    """Two processes' doors to one database."""
    url = server.database()
    with closing(Store(url)) as here, closing(Store(url)) as there:
        yield here, there


@pytest.fixture
def service(hub: Hub, stores: tuple[Store, Store], tmp_path: Path) -> Iterator[Running]:
    """One of two services: it hears what the other one does."""
    desk, clock = _desk(stores[0]), MovableClock()
    desk.sync_inventory(GPUS, clock())
    settings = ServiceSettings(
        hub_api_url=hub.api,
        api_token=SERVICE_SECRET,
        spawner_token=SPAWNER_SECRET,
        portal=tmp_path / "portal",
    )
    made = Running(hub, desk, settings, clock)
    leave = desk.follow()
    try:
        made.start()
        yield made
    finally:
        made.close()
        leave()


def _desk(store: Store) -> Desk:
    return Desk(store, PolicySet(PRESETS["demo"]), DEMO, lambda _: None)


@contextmanager
def ended(service: Running) -> Iterator[None]:
    """End the service, and with it a stream that waits in vain, in the end."""
    timer = threading.Timer(WITHIN, service.stop)
    timer.start()
    yield
    timer.cancel()


def test_what_one_service_books_the_streams_of_the_other_tell(
    service: Running, stores: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        streams, "LONGEST_SLEEP", timedelta(hours=1)
    )  # a stream looks when it hears something
    with ended(service), listening(service, "alice") as events:
        assert next_state(events).bookings == []
        interval = Interval(service.soon(), service.soon() + timedelta(hours=1))
        there = _desk(stores[1]).book(
            Actor(UserName("alice")), Asked(interval=interval, gpus=1, pool=None), service.clock()
        )
        assert [booked.id for booked in next_state(events).bookings] == [there.id]


def test_while_the_database_is_away_the_answer_is_503_and_then_all_is_well_again(
    service: Running, server: Server
) -> None:
    http = service.raw(service.token("alice"))
    booked = service.client("alice").book(ask(service))
    server.stop()
    try:
        answer = http.get("bookings")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert server.password not in answer.text
    finally:
        server.start()
    assert [each["id"] for each in http.get("bookings").json()] == [str(booked.id)]
