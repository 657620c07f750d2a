"""Two replicas of the review are asked at the same moment; one pod has the GPU."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest
from sqlalchemy import URL

from tests.admission.gate import Gate, Refused, account, of_hub, pod
from tests.desk.office import ADA, Office

ROUNDS, EACH = 6, 3
"""How often, and how many pods want it at each of the two."""
WITHIN = 60.0  # seconds; a test that fails takes so long


@pytest.fixture
def gates(where: URL) -> Iterator[list[Gate]]:
    offices = [Office(where), Office(where)]
    yield [Gate(office) for office in offices]
    for office in offices:
        office.close()


def race(gates: list[Gate], create: Callable[[Gate, str], object]) -> tuple[list[str], list[str]]:
    """Let pods be made at the same moment; return the names of those that passed, and what the others were told."""
    start = threading.Barrier(len(gates) * EACH)
    passed: list[str] = []
    told: list[str] = []

    def try_it(gate: Gate, name: str) -> None:
        start.wait(WITHIN)
        try:
            create(gate, name)
            passed.append(name)
        except Refused as e:
            told.append(str(e))

    threads = [
        threading.Thread(target=try_it, args=(gate, f"pod-{number}-{each}"))
        for number, gate in enumerate(gates)
        for each in range(EACH)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return passed, told


def test_one_of_a_users_own_pods_gets_the_booked_gpu(gates: list[Gate]) -> None:
    here = gates[0].office
    for n in range(ROUNDS):
        here.go(minutes=60 * n)
        gates[1].office.now = here.now
        here.book(ADA, 60 * n, 60 * n + 60)
        passed, told = race(gates, lambda gate, name: gate.create(pod(name), account("ada")))
        assert len(passed) == 1, passed
        assert len(told) == 2 * EACH - 1
        assert all("none is free" in each for each in told), told
        (lease,) = here.desk.live_leases(here.now)
        assert (lease.user, len(lease.gpus)) == ("ada", 1)
        here.stop(lease.id)


def test_one_of_the_hubs_pods_gets_the_grant(gates: list[Gate]) -> None:
    here = gates[0].office
    here.book(ADA, 0, 60)
    for _ in range(ROUNDS):
        grant = here.start(ADA)
        made = of_hub(grant, "ada")

        def create(gate: Gate, name: str, made: dict[str, object] = made) -> None:
            gate.create(deepcopy(made) | {"metadata": {**made["metadata"], "name": name}})  # type: ignore[dict-item]

        passed, told = race(gates, create)
        assert len(passed) == 1, passed
        assert told == [told[0]] * (2 * EACH - 1)
        assert "Another pod already has this grant's GPU" in told[0]
        here.stop(grant.id)
