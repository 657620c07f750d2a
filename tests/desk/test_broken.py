"""A GPU that an administrator says is out of order, by name: nobody is given it, and who holds it gets another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from maia_hub.core.errors import Conflict, InvalidInput, NotFound
from maia_hub.core.gpus import Gpu, Outage
from maia_hub.core.ids import GpuId, NodeId
from maia_hub.core.interval import Interval
from maia_hub.core.leases import GrantKind
from tests.desk.office import ADA, BEN, BOSS, EVE, Office

NODE = NodeId("a6000-0")
FIRST, SECOND = GpuId("A6000-0-0"), GpuId("A6000-0-1")


def outage(office: Office, gpu: GpuId = FIRST, start: float = 0, n: int = 1) -> Outage:
    begin = office.now + timedelta(minutes=start)
    return Outage(NODE, Interval(begin, begin + timedelta(hours=8)), n, "Xid 79", gpu=gpu)


def broken(office: Office, gpu: GpuId = FIRST, start: float = 0) -> int:
    return office.desk.add_outage(BOSS, outage(office, gpu, start), office.now, despite_bookings=True)


def test_a_booking_that_begins_is_given_the_gpu_that_works(office: Office) -> None:
    broken(office)
    office.book(ADA, 0, 60)
    assert [gpu.id for gpu in office.start(ADA).gpus] == [SECOND]


def test_a_gpu_that_is_out_of_order_is_not_lent(office: Office) -> None:
    broken(office)
    assert [gpu.id for gpu in office.start(ADA, "idle:a6000").gpus] == [SECOND]
    assert office.start(BEN, "idle:a6000").kind is GrantKind.CPU


def test_once_it_is_in_order_again_it_is_handed_out(office: Office) -> None:
    office.desk.remove_outage(BOSS, broken(office), office.now)
    office.book(ADA, 0, 60)
    assert [gpu.id for gpu in office.start(ADA).gpus] == [FIRST]


def test_a_server_that_holds_it_is_told_and_started_again_with_another_one(office: Office) -> None:
    office.book(ADA, 0, 60)
    assert [gpu.id for gpu in office.start(ADA).gpus] == [FIRST]
    effect = office.desk.outage_effect(BOSS, outage(office), office.now)
    assert (effect.restarted, effect.endangered) == ((ADA.user,), ())
    assert office.desk.due(office.now).respawns == (), "it was only asked"
    broken(office)
    (notice,) = office.desk.state(ADA.user, office.now).notices
    assert (notice.kind, notice.title) == ("lost", "A GPU of your server is out of order")
    assert len(f"{notice.title} {notice.message}") <= 140
    office.go(seconds=5)
    again = office.respawn(ADA)
    assert (again.kind, [gpu.id for gpu in again.gpus]) == (GrantKind.BOOKED, [SECOND])
    office.go(seconds=10)
    assert office.desk.due(office.now).respawns == ()
    assert [e.action for e in office.events].count("server.switch") == 1


def test_what_its_holder_will_get_is_lent_to_nobody_meanwhile(office: Office) -> None:
    office.book(ADA, 0, 60)
    office.start(ADA)
    broken(office)
    assert office.start(EVE, "idle:a6000").kind is GrantKind.CPU


def test_without_another_one_the_owner_gets_cpu_and_the_reason_and_is_offered_other_times(
    office: Office,
) -> None:
    office.book(ADA, 0, 60)
    office.start(ADA)
    office.book(BEN, 0, 60)
    office.start(BEN)
    broken(office)
    again = office.respawn(ADA)
    assert again.kind is GrantKind.CPU
    (alarm,) = office.desk.alarms(BOSS, office.now)
    assert alarm.offers
    assert "Xid 79" in alarm.reason


def test_who_holds_the_one_that_works_keeps_it_though_she_booked_later(office: Office) -> None:
    office.book(ADA, 1, 60)
    office.now += timedelta(seconds=1)
    office.book(BEN, 1, 60)
    office.go(minutes=1)
    assert [[gpu.id for gpu in office.start(who).gpus] for who in (ADA, BEN)] == [[FIRST], [SECOND]]
    broken(office)
    again = office.respawn(ADA)
    assert again.kind is GrantKind.CPU
    assert "cannot be used now" in again.reason
    assert "Xid 79" in again.reason
    office.go(minutes=2)
    assert office.desk.due(office.now).respawns == ()


def test_one_that_is_planned_counts_from_its_beginning_on(office: Office) -> None:
    office.book(ADA, 0, 60)
    office.start(ADA)
    assert office.desk.outage_effect(BOSS, outage(office, start=30), office.now).restarted == (ADA.user,)
    assert office.desk.outage_effect(BOSS, outage(office, start=60), office.now).restarted == ()
    broken(office, start=30)
    office.go(minutes=29)
    assert office.desk.due(office.now).respawns == ()
    office.go(minutes=31)
    assert [gpu.id for gpu in office.respawn(ADA).gpus] == [SECOND]


def test_both_gpus_of_a_node_may_be_out_of_order_each_once(office: Office) -> None:
    broken(office)
    broken(office, SECOND)
    with pytest.raises(Conflict, match="out of service in that time already: Xid 79"):
        broken(office, start=5)


def test_only_what_a_node_has_can_be_named(office: Office) -> None:
    with pytest.raises(NotFound, match="no such GPU"):
        broken(office, GpuId("A6000-7-0"))
    with pytest.raises(InvalidInput, match="of one"):
        office.desk.add_outage(BOSS, outage(office, n=2), office.now)


def test_gpus_that_kubernetes_counts_have_no_names(tmp_path: Path) -> None:
    counted = GpuId(f"{NODE}/nvidia.com/gpu/0")
    office = Office(tmp_path, found=[Gpu(counted, NODE, 0, "A6000", 2**30)])
    with pytest.raises(InvalidInput, match="counted"):
        broken(office, counted)
    office.close()
