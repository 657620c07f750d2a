"""How busy a cluster's GPUs were, asked of a real Prometheus: over a window, and only where all of it was measured."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from maia_hub.cluster.pod import Pod
from maia_hub.core.errors import Unavailable
from maia_hub.core.ids import GpuId, LeaseId, NodeId, PoolId, ServerName, UserName, new_lease_id
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.deployed.control import idle_watches
from maia_hub.deployed.monitoring import Prometheus
from maia_hub.deployed.settings import ClusterIdle
from tests.deployed.prometheus import Exporter, running
from tests.desk.office import ADA, NOON, Office
from tests.platform import eventually
from tests.ports import free_port

WINDOW = timedelta(seconds=4)


@pytest.fixture(scope="module")
def monitored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Exporter]]:
    with running(tmp_path_factory.mktemp("prometheus")) as both:
        yield both


def lease(gpus: int) -> Lease:
    return Lease(
        id=new_lease_id(),
        kind=GrantKind.OPPORTUNISTIC,
        user=UserName("ada"),
        server=ServerName(""),
        pool=PoolId("a100"),
        node=NodeId("n"),
        gpus=tuple(GpuId(f"n/nvidia.com/gpu/{n}") for n in range(gpus)),
        since=datetime.now(timezone.utc),
        until=None,
    )


def gpu(pod: str, number: int, prefix: str = "") -> dict[str, str]:
    return {"gpu": str(number), f"{prefix}namespace": "people", f"{prefix}pod": pod}


def test_the_busiest_gpu_of_a_pod_counts_once_every_part_of_the_window_is_measured(
    monitored: tuple[str, Exporter],
) -> None:
    url, exporter = monitored
    one, pair, half, gone = lease(1), lease(2), lease(2), lease(1)
    pods = {one.id: "one", pair.id: "pair", half.id: "half"}

    def peaks() -> dict[LeaseId, float | None]:
        known = Prometheus(f"{url}/", lambda each: [("people", pods[each])] if each in pods else [])
        asked = known.over([one, pair, half, gone], WINDOW, datetime.now(timezone.utc))
        return dict(asyncio.run(asked))

    exporter.say = [
        (gpu("one", 0), 2),
        (gpu("pair", 1, "exported_"), 0),
        (gpu("pair", 2, "exported_"), 61),
        (gpu("half", 3), 0),
        ({"gpu": "4"}, 99),
    ]
    assert set(peaks().values()) == {None}, "nothing is known of the whole window yet"
    found = {one.id: 2.0, pair.id: 61.0, half.id: None, gone.id: None}
    eventually(lambda: peaks() == found, "the window is full")
    exporter.say = [(gpu("one", 0), 97), (gpu("pair", 1, "exported_"), 0), (gpu("pair", 2, "exported_"), 0)]
    eventually(lambda: peaks()[one.id] == 97.0, "it works again")
    eventually(lambda: peaks()[pair.id] == 0.0, "the window has moved on")
    exporter.say = []
    eventually(lambda: peaks()[pair.id] is None, "what is not measured is not known")


def test_no_answer_is_said_to_be_none() -> None:
    nobody = Prometheus(f"http://127.0.0.1:{free_port()}", lambda _: [])
    with pytest.raises(Unavailable, match="does not say how busy"):
        asyncio.run(nobody.over([lease(1)], WINDOW, datetime.now(timezone.utc)))


class Pods:
    """Knows one pod of every grant."""

    def of_grant(self, grant: object) -> list[Pod]:
        """Return it."""
        created = datetime.now(timezone.utc)
        return [
            Pod(uid="1", name="adas", namespace="people", grant=str(grant), of_hub=True, created=created),
            Pod(
                uid="0",
                name="old",
                namespace="people",
                grant=str(grant),
                of_hub=True,
                created=created,
                ended=True,
            ),
        ]


def test_a_site_that_names_a_prometheus_has_the_owners_of_idle_gpus_asked(
    monitored: tuple[str, Exporter], tmp_path: Path
) -> None:
    url, exporter = monitored
    office = Office(tmp_path, now=datetime.now(timezone.utc))
    begin = (office.now - NOON) / timedelta(minutes=1)
    office.book(ADA, begin, begin + 60)
    office.start(ADA)

    def clock() -> datetime:
        office.now = datetime.now(timezone.utc)
        return office.now

    assert idle_watches(office.desk, None, Pods(), clock) == []
    said = ClusterIdle(prometheus=url, window=WINDOW / timedelta(minutes=1))
    (watch,) = idle_watches(office.desk, said, Pods(), clock)
    exporter.say = [(gpu("adas", 0), 0), (gpu("old", 1), 99)]

    def asked() -> bool:
        asyncio.run(watch.look())
        return office.notices(ADA) == ["idle"]

    eventually(asked, "ada is asked")
    office.close()
