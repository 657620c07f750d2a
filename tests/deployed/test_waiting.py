"""Who waits for an idle GPU on a real cluster has a pod on CPU, and one with the GPU when she takes the offer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deployed.site import Site, site
from tests.kube import gpus
from tests.kube.kube import Kube
from tests.platform import eventually


@pytest.fixture(scope="module")
def running(kube: Kube, node: str, release: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(kube, tmp_path_factory.mktemp("site")) as started:
        yield started


def test_a_pod_on_cpu_makes_way_for_one_with_the_gpu_that_was_waited_for(running: Site) -> None:
    booking = running.book("bob", 600, gpus_=2)
    with running.client("alice") as alice, running.client("bob") as bob:
        wait = next(c for c in alice.options().choices if c.key.startswith("wait:"))
        running.start_server("alice", wait.key)
        first = running.pod("alice")
        assert first["spec"]["priorityClassName"] == "maia-cpu"
        assert gpus.of_pod(first) == 0
        (place,) = alice.state().queue
        assert (place.place, place.expected) == (1, booking.end)

        bob.cancel(booking.id)
        eventually(lambda: alice.state().queue[0].offer_until, "a GPU is offered", 20)
        alice.accept_offer(place.id)
        eventually(lambda: [g for s in alice.state().sessions for g in s.gpus], "it is hers", 60)
        eventually(lambda: running.server("alice").get("ready"), f"it is ready\n{running.logs()}", 60)
        second = running.pod("alice")
        assert second["metadata"]["uid"] != first["metadata"]["uid"]
        assert gpus.of_pod(second) == 1
        assert second["spec"]["priorityClassName"] == "maia-opportunistic"
        assert alice.state().queue == []
