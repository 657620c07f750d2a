"""Something is away at the moment at which a session ends: its GPU goes back all the same, and all is well after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from maia_hub.client.models import BookingRequest
from maia_hub.core.errors import MaiaError, Unavailable
from maia_hub.desk.losing import WORTH_A_RESTART
from tests.deployed.faults import (
    ALARM_AFTER,
    Shaky,
    gone_in_time,
    now,
    processes,
    shaky_site,
    wait_until,
)
from tests.deployed.site import SERVERS
from tests.kube.kube import Kube
from tests.platform import eventually

LENGTH = 18.0
BEFORE = timedelta(seconds=6)
AFTER = timedelta(seconds=2)
"""The fault begins before the stop is due and lasts beyond the end."""

FAULTS: dict[str, Callable[[Shaky], AbstractContextManager[None]]] = {
    "hub": lambda site: site.without("hub"),
    "service": lambda site: site.without("service"),
    "database": lambda site: site.locked_database(),
    "full-disk": lambda site: site.full_disk(),
    "read-only-file": lambda site: site.read_only_database(),
    "api-server": lambda site: site.without_api_server(),
    "cordon": lambda site: site.cordoned(),
    "kubelet": lambda site: site.without_kubelet(),
}


@pytest.fixture(scope="module")
def shaky(kube: Kube, node: str, release: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shaky]:
    with shaky_site(kube, tmp_path_factory.mktemp("shaky"), devices=1) as started:
        yield started


RARE = {"database", "full-disk", "read-only-file", "cordon"}
"""Tried by `make soak` alone: each takes half a minute."""


@pytest.mark.parametrize(
    "fault", [pytest.param(each, marks=pytest.mark.soak if each in RARE else ()) for each in FAULTS]
)
def test_the_gpu_goes_back_in_time_and_all_is_well_afterwards(shaky: Shaky, fault: str) -> None:
    booking, uid = shaky.begin(fault, LENGTH)
    wait_until(booking.end - BEFORE)
    with FAULTS[fault](shaky):
        gone_in_time(uid, booking)
        wait_until(booking.end + AFTER)
    eventually(lambda: shaky.on_cpu(fault), f"{fault}: on CPU\n{shaky.logs()}", 60, every=0.3)
    with shaky.client(fault) as client:
        assert [notice.kind for notice in client.state().notices] == ["expired"]
    assert shaky.held_twice() == []
    shaky.leave(fault)


@pytest.mark.parametrize(
    ("fault", "words"),
    [("full-disk", "cannot be used at the moment"), ("read-only-file", "did not say whether")],
)
def test_a_booking_that_cannot_be_written_is_refused_in_words(shaky: Shaky, fault: str, words: str) -> None:
    with shaky.client("owner") as client:
        pool = client.state().pools[0].id
        asked = BookingRequest(pool=pool, start=now() + timedelta(days=1), end=now() + timedelta(days=2))
        with FAULTS[fault](shaky), pytest.raises(Unavailable, match=words):
            client.book(asked)
        assert client.bookings(state=["confirmed"]) == []
        client.cancel(client.book(asked).id)


def test_a_borrowed_gpu_that_the_scheduler_takes_while_the_service_is_away_is_told_when_it_is_back(
    shaky: Shaky,
) -> None:
    with shaky.client("borrower") as client:
        pool = client.state().pools[0].id
    begun = now()
    shaky.start_server("borrower", f"idle:{pool}")
    pod = shaky.pod("borrower")
    assert pod["spec"]["priorityClassName"] == "maia-opportunistic"
    with shaky.without("service"), shaky.taker("maia-booked"):
        eventually(lambda: not processes(pod["metadata"]["uid"]), "the scheduler ends it", 40, every=0.2)
        eventually(lambda: not shaky.server("borrower").get("ready"), "the hub knows", 40, every=0.3)
        wait_until(begun + WORTH_A_RESTART)
    eventually(lambda: shaky.on_cpu("borrower"), f"on CPU\n{shaky.logs()}", 60, every=0.3)
    with shaky.client("borrower") as client:
        (notice,) = client.state().notices
    assert (notice.kind, notice.title) == ("lost", "The GPU you borrowed was needed")
    assert shaky.held_twice() == []
    shaky.leave("borrower")


def test_a_server_whose_pod_is_gone_or_has_to_go_is_started_again(shaky: Shaky) -> None:
    """What is gone needs a start only; what is going has to be stopped and waited for first."""
    how = {"gone": ("--grace-period=0", "--force"), "going": ("--grace-period=10",)}
    for user in how:
        shaky.start_server(user)
    before = {user: shaky.pod(user)["metadata"] for user in how}
    wait_until(now() + WORTH_A_RESTART)
    for user, options in how.items():
        shaky.kube.kubectl("delete", "pod", before[user]["name"], "-n", SERVERS, "--wait=false", *options)
    for user in how:

        def back(user: str = user) -> bool:
            return again(shaky, user, before[user]["uid"])

        eventually(back, f"{user} is back\n{shaky.logs()}", 60, every=0.3)
        with shaky.client(user) as client:
            assert [notice.title for notice in client.state().notices] == ["Your server was removed"]
        shaky.leave(user)


def again(shaky: Shaky, user: str, before: str) -> bool:
    """Say whether the user has another pod than before, and the hub knows it as ready."""
    pod = shaky.pod(user)
    return bool(pod) and pod["metadata"]["uid"] != before and bool(shaky.server(user).get("ready"))


def test_a_gpu_that_breaks_under_a_booking_raises_an_alarm_until_it_is_back(shaky: Shaky) -> None:
    start = now() + timedelta(minutes=10)
    wish = BookingRequest(product="NVIDIA RTX A6000", start=start, end=start + timedelta(minutes=10))
    with shaky.client("owner") as client:
        pool = client.state().pools[0].id
        client.book(wish.model_copy(update={"product": None, "pool": pool}))
        with shaky.broken_gpus(left=0, usual=1):
            begun = now()
            eventually(lambda: shaky.metric('maia_alarms{kind="endangered_bookings"}') == 1, "the alarm", 30)
            assert (now() - begun).total_seconds() >= ALARM_AFTER
            assert [n.kind for n in client.state().notices] == ["endangered"]
            later = BookingRequest(pool=pool, start=start + timedelta(days=3), end=start + timedelta(days=4))
            with pytest.raises(MaiaError):
                client.book(later)
        eventually(lambda: shaky.metric('maia_alarms{kind="endangered_bookings"}') == 0, "the all-clear", 30)
        assert [n.title for n in client.state().notices] == ["Your booking is safe again"]


def test_a_cordoned_node_is_an_outage_until_it_is_back(shaky: Shaky) -> None:
    trouble = 'maia_alarms{kind="nodes_in_trouble"}'
    with shaky.client("owner") as client:
        pool = client.state().pools[0].id
        asked = BookingRequest(pool=pool, start=now() + timedelta(hours=1), end=now() + timedelta(hours=2))
        with shaky.cordoned():
            eventually(lambda: shaky.metric(trouble) == 1, "the trouble", 30)
            found = client.calendar(now(), now() + timedelta(days=1)).pools[0].outages
            assert [(o.by_cluster, o.reason) for o in found] == [(True, "the node is cordoned")]
            assert not client.check(asked).allowed
        eventually(lambda: shaky.metric(trouble) == 0, "its end", 30)
        assert client.check(asked).allowed
