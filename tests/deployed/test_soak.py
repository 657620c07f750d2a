"""What takes too long for every day: `make soak`."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from maia_hub.client.models import BookingModel, BookingRequest
from tests.deployed.faults import Shaky, now, processes, shaky_site, wait_until
from tests.kube.kube import Kube
from tests.platform import eventually

pytestmark = pytest.mark.soak

SESSIONS = 50
USERS = [f"user-{number:02}" for number in range(SESSIONS)]
LATE = timedelta(seconds=5)


@pytest.fixture(scope="module")
def shaky(kube: Kube, node: str, release: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shaky]:
    with shaky_site(kube, tmp_path_factory.mktemp("soak"), devices=SESSIONS) as started:
        yield started


def book_all(site: Shaky, length: timedelta) -> list[BookingModel]:
    """Book a GPU for everybody until the same moment."""
    end = now() + length

    def book(user: str) -> BookingModel:
        with site.client(user) as client:
            return client.book(BookingRequest(pool=client.gpus()[0].id, start=now(), end=end))

    return [book(user) for user in USERS]


def test_fifty_sessions_end_in_the_same_second(shaky: Shaky) -> None:
    bookings = book_all(shaky, timedelta(minutes=4))
    assert len({booking.end for booking in bookings}) == 1
    end = bookings[0].end
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda user: shaky.start_server(user, "booked"), USERS))
    uids = [str(shaky.pod(user)["metadata"]["uid"]) for user in USERS]
    assert now() < end - timedelta(seconds=10), "all were started before their end"
    wait_until(end - timedelta(seconds=6))
    assert all(map(processes, uids))

    wait_until(end + LATE)
    assert [uid for uid in uids if processes(uid)] == []
    waiting = set(USERS)

    def converged() -> bool:
        waiting.difference_update([user for user in waiting if shaky.on_cpu(user)])
        return not waiting

    eventually(converged, "all servers are back on CPU", 300, every=2)
    assert shaky.held_twice() == []
    assert {shaky.book(user, 60).state for user in USERS} == {"confirmed"}
