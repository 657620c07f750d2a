"""A pod that no hub made, a Job's or a person's own, gets what its user has booked, until then."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import URL

from maia_hub.core.closing import DEMO
from tests.admission.gate import Gate, Refused, account, pod
from tests.desk.office import ADA, BEN, Office, gpus

ADAS = account("ada")
DRAIN = int(DEMO.drain.total_seconds())


@pytest.fixture
def gate(office: Office) -> Gate:
    return Gate(office)


def test_it_is_given_node_priority_end_and_words(gate: Gate) -> None:
    booking = gate.office.book(ADA, 0, 60)
    stored = gate.create(pod(), ADAS)
    spec, metadata = stored["spec"], stored["metadata"]
    assert (spec["priorityClassName"], spec["activeDeadlineSeconds"]) == ("maia-booked", 3600 - DRAIN)
    assert spec["terminationGracePeriodSeconds"] == DRAIN
    assert spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] == {
        "nodeSelectorTerms": [
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a6000-0"]}]}
        ]
    }
    assert spec["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    (lease,) = gate.office.desk.live_leases(gate.office.now)
    assert metadata["labels"] == {"maia.io/grant": str(lease.id), "maia.io/kind": "booked"}
    assert metadata["annotations"]["maia.io/booking"] == str(booking.id)
    assert (lease.user, lease.booking, lease.until, len(lease.gpus)) == (
        "ada",
        booking.id,
        booking.interval.end,
        1,
    )
    told = {each["name"]: each["value"] for each in spec["containers"][0]["env"]}
    assert told["MAIA_UNTIL"] == booking.interval.end.isoformat()
    assert gate.office.desk.booking(booking.id, gate.office.now).first_used == gate.office.now


def test_terms_of_its_own_stay_beside_the_node(gate: Gate) -> None:
    gate.office.book(ADA, 0, 60)
    term = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}
    own = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term, term]}
        }
    }
    spec = gate.create(pod(affinity=own), ADAS)["spec"]
    terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][
        "nodeSelectorTerms"
    ]
    assert [each.keys() for each in terms] == [{"matchExpressions", "matchFields"}] * 2


def ends(gate: Gate, name: str, **spec: Any) -> tuple[int, int | None]:
    """Return after how many seconds a pod is told to stop, and how many more it has to do so."""
    stored = gate.create(pod(name, **spec), ADAS)["spec"]
    return stored["activeDeadlineSeconds"], stored.get("terminationGracePeriodSeconds")


def test_it_ends_with_its_booking_however_long_it_wants_to_take_to_stop(gate: Gate) -> None:
    gate.office.book(ADA, 0, 60, gpus=2)
    day = 86400
    assert ends(gate, "a", terminationGracePeriodSeconds=day) == (3600 - DRAIN, DRAIN)
    assert ends(gate, "b", activeDeadlineSeconds=9999, terminationGracePeriodSeconds=1) == (3599, 1)


@pytest.mark.parametrize("kind", ["livenessProbe", "startupProbe"])
def test_a_probe_gives_no_more_time_to_stop_than_the_pod_has(gate: Gate, kind: str) -> None:
    gate.office.book(ADA, 0, 60)
    made = pod()
    made["spec"]["containers"].append(
        {"name": "beside", "image": "x", kind: {"terminationGracePeriodSeconds": 86400}}
    )
    with pytest.raises(
        Refused, match=rf"terminationGracePeriodSeconds of a {kind} is “86400”, granted is “up"
    ):
        gate.create(made, ADAS, between={"containers": made["spec"]["containers"]})
    stored = gate.create(made, ADAS)["spec"]["containers"]
    assert stored[1][kind]["terminationGracePeriodSeconds"] == DRAIN


def test_a_shorter_deadline_stays(gate: Gate) -> None:
    gate.office.book(ADA, 0, 60)
    assert ends(gate, "a", activeDeadlineSeconds=60) == (60, DRAIN)


@pytest.mark.parametrize("more", [{"activeDeadlineSeconds": 3602}, {"terminationGracePeriodSeconds": 5}])
def test_what_another_review_makes_of_its_end_is_looked_at(gate: Gate, more: dict[str, int]) -> None:
    gate.office.book(ADA, 0, 60)
    with pytest.raises(Refused, match=f"{next(iter(more))} is “{next(iter(more.values()))}”, granted is “"):
        gate.create(pod(), ADAS, between=more)


def test_pods_share_a_booking_and_never_exceed_it(gate: Gate) -> None:
    gate.office.book(ADA, 0, 60, gpus=2)
    gate.create(pod("a"), ADAS)
    gate.create(pod("b"), ADAS)
    with pytest.raises(Refused, match="of the 2 that ada has booked none is free"):
        gate.create(pod("c"), ADAS)
    assert gate.leases() == ["ada", "ada"]


def test_more_than_booked_is_refused(gate: Gate) -> None:
    gate.office.book(ADA, 0, 60)
    with pytest.raises(
        Refused, match=r"asks for 2 × nvidia.com/gpu, but 1 of them are booked\. Allowed: up to 1"
    ):
        gate.create(pod(gpus=2), ADAS)


def test_a_gpu_that_a_server_has_is_not_given_again(gate: Gate) -> None:
    gate.office.book(ADA, 0, 60)
    gate.office.start(ADA)
    with pytest.raises(Refused, match="none is free"):
        gate.create(pod(), ADAS)


def test_a_gpu_that_somebody_else_still_has_is_waited_for(gate: Gate) -> None:
    for _ in range(2):
        gate.office.start(BEN, "idle:a6000")
        gate.office.start(ADA, "idle:a6000")
    gate.office.go(minutes=1)
    gate.office.book(ADA, 1, 60, gpus=2)
    with pytest.raises(Refused, match=r"still being handed over.*Try again in a few seconds"):
        gate.create(pod(), ADAS)


@pytest.mark.parametrize("minutes", [-1, 60, 61])
def test_outside_its_time_a_booking_gives_nothing(gate: Gate, minutes: float) -> None:
    gate.office.book(ADA, 1, 60)
    gate.office.now = gate.office.after(minutes=minutes)
    with pytest.raises(Refused, match=r"ada has no booking that runs now.*Book one in the portal"):
        gate.create(pod(), ADAS)


def test_a_booking_that_is_about_to_end_gives_nothing(gate: Gate) -> None:
    gate.office.book(ADA, 0, 60)
    gate.office.now = gate.office.after(minutes=60, seconds=-2)
    with pytest.raises(Refused, match="about to end"):
        gate.create(pod(), ADAS)


def test_a_dry_run_reserves_nothing(gate: Gate) -> None:
    gate.office.book(ADA, 0, 60)
    for name in ("a", "b"):
        assert gate.create(pod(name), ADAS, dry=True)["spec"]["priorityClassName"] == "maia-booked"
    assert gate.leases() == []


def test_a_pod_that_is_refused_in_between_has_taken_nothing(gate: Gate) -> None:
    gate.office.book(ADA, 0, 60)
    with pytest.raises(Refused, match="not what was granted"):
        gate.create(pod("a"), ADAS, between={"activeDeadlineSeconds": 7200})
    gate.create(pod("b"), ADAS)


def test_it_may_name_a_booking_of_its_users_own(where: URL) -> None:
    office = Office(where, found=[*gpus(), *gpus(product="H100")])
    mine = office.book(ADA, 0, 30, pool="a6000")
    office.book(ADA, 0, 60, pool="h100")
    made = pod()
    assert Gate(office).create(made, ADAS, dry=True)["spec"]["activeDeadlineSeconds"] == 3600 - DRAIN
    made["metadata"]["annotations"] = {"maia.io/booking": str(mine.id)}
    assert Gate(office).create(made, ADAS)["spec"]["activeDeadlineSeconds"] == 1800 - DRAIN
    office.close()


@pytest.mark.parametrize("named", [None, "x", ""])
def test_it_cannot_name_anothers(gate: Gate, named: str | None) -> None:
    other = gate.office.book(BEN, 0, 60)
    gate.office.book(ADA, 0, 60)
    made = pod()
    made["metadata"]["annotations"] = {"maia.io/booking": str(other.id) if named is None else named}
    with pytest.raises(Refused, match="ada has no running booking"):
        gate.create(made, ADAS)


def test_a_booking_of_another_kind_of_gpu_is_named(where: URL) -> None:
    office = Office(where, found=[*gpus(), *gpus(product="H100")])
    office.book(ADA, 0, 60, pool="a6000")
    with pytest.raises(Refused, match=r"1 × amd.com/gpu, but ada's booking is of nvidia.com/gpu"):
        Gate(office).create(pod(resource="amd.com/gpu"), ADAS)
    office.close()
