"""What takes too long for every day: `make soak`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from maia_hub.client.models import BookingChange, BookingModel
from tests.deployed.faults import Shaky, living, now, shaky_site, wait_until
from tests.kube.kube import Kube
from tests.platform import eventually

pytestmark = pytest.mark.soak

SESSIONS = 50
USERS = [f"user-{number:02}" for number in range(SESSIONS)]
LONG = timedelta(hours=4)
"""For as long they book: nothing ends before all run, however busy the machine is."""
AHEAD = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8))
"""How far ahead the common end is; further if it took too long to say it to all."""
SOON = timedelta(seconds=20)
LATE = timedelta(seconds=5)
PATIENCE = 900.0  # seconds
SLOW = f"c.Spawner.start_timeout = c.Spawner.http_timeout = {PATIENCE:.0f}\n"


@pytest.fixture(scope="module")
def shaky(kube: Kube, node: str, release: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shaky]:
    with shaky_site(kube, tmp_path_factory.mktemp("soak"), devices=SESSIONS, more=SLOW) as started:
        yield started


def start_all(site: Shaky) -> None:
    """Start everybody's server, a few at a time."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda user: site.start_server(user, "booked", PATIENCE), USERS))


def end_together(site: Shaky, bookings: Mapping[str, BookingModel]) -> datetime:
    """Let all bookings end at one moment, and return it: all were told well before."""
    for ahead in AHEAD:
        end = now() + ahead

        def shorten(user: str, end: datetime = end) -> datetime:
            with site.client(user) as client:
                return client.change(bookings[user].id, BookingChange(end=end)).end

        with ThreadPoolExecutor(4) as pool:
            ends = set(pool.map(shorten, USERS))
        assert len(ends) == 1
        if now() < end - SOON:
            return ends.pop()
    raise AssertionError(f"it took longer than {AHEAD[-1]} to shorten {SESSIONS} bookings")


def test_fifty_sessions_end_in_the_same_second(shaky: Shaky) -> None:
    bookings = {user: shaky.book(user, LONG.total_seconds()) for user in USERS}
    start_all(shaky)
    uids = {str(shaky.pod(user)["metadata"]["uid"]) for user in USERS}
    end = end_together(shaky, bookings)
    wait_until(end - timedelta(seconds=10))
    assert living(uids) == uids

    wait_until(end + LATE)
    assert living(uids) == set()
    waiting = set(USERS)

    def converged() -> bool:
        waiting.difference_update([user for user in waiting if shaky.on_cpu(user)])
        return not waiting

    eventually(converged, "all servers are back on CPU", PATIENCE, every=2)
    assert shaky.held_twice() == []
    assert {shaky.book(user, 60).state for user in USERS} == {"confirmed"}
