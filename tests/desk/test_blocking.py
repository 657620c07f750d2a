"""A whole product is taken out of service at once, and put back: no node of it is left over, or left behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import URL

from maia_hub.core.errors import Conflict, Forbidden, NotFound, Overbooked
from maia_hub.core.gpus import Block, Outage
from maia_hub.core.ids import NodeId, PoolId
from maia_hub.core.interval import Interval
from tests.desk.office import ADA, BEN, BOSS, EVE, Office, gpus

POOL, OTHER = PoolId("a6000"), PoolId("h100")
FIRST, SECOND = NodeId("a6000-0"), NodeId("a6000-1")


@pytest.fixture
def office(where: URL) -> Iterator[Office]:
    """An office with two nodes of two GPUs of one product, and one of another."""
    made = Office(where, found=[*gpus(nodes=2, each=2), *gpus(1, 2, "H100")])
    yield made
    made.close()


def block(office: Office, start: float = 60, end: float = 120, pool: PoolId = POOL) -> Block:
    over = Interval(office.after(minutes=start), office.after(minutes=end))
    return Block(pool, over, "new drivers")


def out(office: Office) -> set[tuple[str, int]]:
    return {(each.node, each.gpus) for _, each in office.desk.outages(office.now)}


def test_every_node_of_the_product_is_out_and_no_other(office: Office) -> None:
    added = office.desk.block(BOSS, block(office), office.now)
    assert {each.node for each in added.values()} == {FIRST, SECOND}
    assert out(office) == {(FIRST, 2), (SECOND, 2)}
    with pytest.raises(Overbooked):
        office.book(ADA, 60, 90, pool=POOL)
    assert office.book(ADA, 60, 90, pool=OTHER).pool == OTHER
    assert office.book(BEN, 120, 150, pool=POOL).pool == POOL


def test_bookings_do_not_go_from_one_blocked_node_to_the_other_but_are_named(office: Office) -> None:
    hit = office.book(ADA, 70, 90, pool=POOL)
    assert office.desk.block_effect(BOSS, block(office), office.now).endangered == (hit,)
    assert out(office) == set(), "it was only asked"
    with pytest.raises(Conflict) as refused:
        office.desk.block(BOSS, block(office), office.now)
    assert refused.value.given == [str(hit.id)]
    assert (out(office), office.notices(ADA)) == (set(), [])


def test_who_loses_hers_is_told_at_once_and_offered_the_nearest_times_like_it(office: Office) -> None:
    hit = office.book(ADA, 70, 90, pool=POOL)
    office.desk.block(BOSS, block(office), office.now, despite_bookings=True)
    assert office.notices(ADA) == ["endangered"]
    offered = office.desk.offers_for(ADA, hit.id, office.now)
    assert [slot.interval.start for slot in offered] == [office.after(minutes=m) for m in (120, 140, 160)]
    office.desk.unblock(BOSS, block(office), office.now)
    assert out(office) == set()
    assert [e.action for e in office.events if e.user == ADA.user][-1] == "booking.safe"


def test_what_is_put_back_is_for_who_waits(office: Office) -> None:
    office.desk.block(BOSS, block(office, 600, 720), office.now)
    office.desk.wish(EVE, office.asked(610, 650, pool=POOL), None, office.now)
    office.desk.unblock(BOSS, block(office, 600, 720), office.now)
    (booked,) = office.desk.bookings(EVE, office.now, mine=True)
    assert booked.interval.start == office.after(minutes=610)


def test_a_node_that_is_out_already_stays_as_it_is(office: Office) -> None:
    asked = block(office)
    office.desk.add_outage(BOSS, Outage(FIRST, asked.interval, 2, "a fan"), office.now)
    assert {each.node for each in office.desk.block(BOSS, asked, office.now).values()} == {SECOND}
    with pytest.raises(Conflict, match="out of service over that time already"):
        office.desk.block_effect(BOSS, asked, office.now)
    office.desk.unblock(BOSS, asked, office.now)
    assert [each.reason for _, each in office.desk.outages(office.now)] == ["a fan"]


def test_a_node_that_lost_gpus_meanwhile_is_put_back_too(office: Office) -> None:
    office.desk.block(BOSS, block(office), office.now)
    office.desk.sync_inventory([gpu for gpu in office.found if gpu.id != "A6000-0-1"], office.now)
    office.desk.unblock(BOSS, block(office), office.now)
    assert out(office) == set()


def test_what_is_not_there_is_said_and_nobody_else_may(office: Office) -> None:
    with pytest.raises(NotFound, match="no such GPU pool") as refused:
        office.desk.block_effect(BOSS, block(office, pool=PoolId("v100")), office.now)
    assert refused.value.allowed == [POOL, OTHER]
    with pytest.raises(NotFound, match="Nothing of that product"):
        office.desk.unblock(BOSS, block(office), office.now)
    office.desk.block(BOSS, block(office), office.now)
    with pytest.raises(NotFound, match="Nothing of that product"):
        office.desk.unblock(BOSS, replace(block(office), reason="new fans"), office.now)
    for forbidden in (office.desk.block, office.desk.block_effect, office.desk.unblock):
        with pytest.raises(Forbidden):
            forbidden(ADA, block(office), office.now)
