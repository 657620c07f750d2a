"""What an administrator sees of machines and endangered bookings, and maintenance, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from maia_hub.client import models as m
from maia_hub.core.errors import Forbidden
from maia_hub.core.gpus import Trouble
from maia_hub.desk import Event
from tests.cli.commands import maia
from tests.service.conftest import GPUS, Running, ask

MINUTE = timedelta(minutes=1)


@pytest.fixture
def carol(service: Running) -> httpx.Client:
    return service.signed_in("carol")


def window(service: Running, node: str, minutes: float = 30, **more: Any) -> dict[str, Any]:
    start = service.soon()
    return {
        "node": node,
        "start": start.isoformat(),
        "end": (start + minutes * MINUTE).isoformat(),
        "gpus": 2,
        "reason": "new fan",
        **more,
    }


def test_maintenance_that_a_booking_needs_is_refused_unless_it_is_to_be_despite_it(
    service: Running, carol: httpx.Client
) -> None:
    booking = service.client("alice").book(ask(service))
    asked = window(service, booking.node)
    effect = carol.post(f"{service.api}/admin/outages/check", json=asked).json()
    assert [b["id"] for b in effect["endangered"]] == [str(booking.id)]
    assert effect["moved"] == []
    refused = carol.post(f"{service.api}/admin/outages", json=asked)
    assert refused.status_code == 409
    assert refused.json()["given"] == [str(booking.id)]
    assert carol.get(f"{service.api}/admin/alarms").json() == []

    forced = carol.post(f"{service.api}/admin/outages", json={**asked, "despite_bookings": True})
    assert forced.status_code == 201
    (alarm,) = carol.get(f"{service.api}/admin/alarms").json()
    assert alarm["booking"]["user"] == "alice"
    assert alarm["reason"].endswith("new fan")
    assert len(alarm["offers"]) == 3
    (notice,) = service.client("alice").state().notices
    assert (notice.kind, notice.booking) == ("endangered", booking.id)
    slots = service.client("alice").offers(booking.id)
    assert [slot.start.isoformat() for slot in slots] == [
        offer["start"].replace("Z", "+00:00") for offer in alarm["offers"]
    ]
    with pytest.raises(Forbidden):
        service.client("bob").offers(booking.id)
    text = service.raw().get(f"{service.url}/metrics").text
    assert 'maia_alarms{kind="endangered_bookings"} 1.0' in text

    assert carol.request("DELETE", f"{service.api}/admin/outages", json=asked).status_code == 204
    assert carol.get(f"{service.api}/admin/alarms").json() == []
    assert [n.title for n in service.client("alice").state().notices] == ["Your booking is safe again"]


def test_what_the_cluster_says_of_a_node_is_shown_and_cannot_be_removed(
    service: Running, carol: httpx.Client
) -> None:
    heard: list[Event] = []
    service.desk.subscribe(heard.append)
    trouble = Trouble(GPUS[0].node, "the node is cordoned", away=True)
    service.desk.sync_inventory(GPUS, service.clock(), [trouble])
    assert [e.action for e in heard] == ["inventory.trouble"]
    (node,) = [n for n in carol.get(f"{service.api}/admin/nodes").json() if n["trouble"]]
    assert (node["node"], node["trouble"]) == (GPUS[0].node, "the node is cordoned")
    start = service.soon(minutes=-5)
    query = {"start": start.isoformat(), "end": (start + 60 * MINUTE).isoformat()}
    pools = carol.get(f"{service.api}/calendar", params=query).json()["pools"]
    (outage,) = [o for pool in pools for o in pool["outages"]]
    assert outage.pop("by_cluster")
    assert not outage.pop("kept")
    refused = carol.request("DELETE", f"{service.api}/admin/outages", json=outage)
    assert refused.status_code == 409
    assert 'maia_alarms{kind="nodes_in_trouble"} 1.0' in service.raw().get(f"{service.url}/metrics").text


def test_the_same_outage_again_is_the_one_that_is_there_for_its_key_and_a_conflict_without(
    service: Running, carol: httpx.Client
) -> None:
    asked = window(service, GPUS[0].node)
    key = {"Idempotency-Key": "maintenance"}
    for _ in range(2):
        assert carol.post(f"{service.api}/admin/outages", json=asked, headers=key).status_code == 201
    again = carol.post(f"{service.api}/admin/outages", json=asked)
    assert again.status_code == 409
    assert "over the same time: new fan" in again.json()["detail"]
    assert len(service.desk.outages(service.clock())) == 1


@pytest.mark.parametrize("path", ["admin/alarms", "admin/nodes"])
def test_alarms_and_machines_are_for_administrators(service: Running, path: str) -> None:
    assert service.signed_in("alice").get(f"{service.api}/{path}").status_code == 403
    assert service.raw(service.token("carol")).get(path).status_code == 403


def test_whoever_loses_a_gpu_moves_to_the_slot_that_is_offered(service: Running, carol: httpx.Client) -> None:
    alice = service.client("alice")
    booking = alice.book(ask(service))
    asked = window(service, booking.node, despite_bookings=True)
    assert carol.post(f"{service.api}/admin/outages", json=asked).status_code == 201
    slot = alice.offers(booking.id)[0]
    terminal = {"MAIA_SERVICE_URL": service.url, "MAIA_TOKEN": service.token("alice")}
    said = maia("bookings", "next", str(booking.id)[:8], "--json", **terminal)
    assert (said.returncode, said.stderr) == (0, "")
    moved = m.BookingModel.model_validate_json(said.stdout)
    assert (moved.id, moved.start, moved.end - moved.start) == (
        booking.id,
        slot.start,
        booking.end - booking.start,
    )
    service.desk.tick(service.clock())
    assert [notice.title for notice in alice.state().notices] == ["Your booking is safe again"]
    assert carol.get(f"{service.api}/admin/alarms").json() == []
    alice.cancel(booking.id)
    assert alice.offers(booking.id) == []


def test_a_product_is_blocked_as_a_whole_and_put_back(service: Running, carol: httpx.Client) -> None:
    booking = service.client("alice").book(ask(service))
    whole = {k: v for k, v in window(service, "").items() if k in {"start", "end", "reason"}}
    path = f"{service.api}/admin/pools/{booking.pool}/outages"
    assert [b["id"] for b in carol.post(f"{path}/check", json=whole).json()["endangered"]] == [
        str(booking.id)
    ]
    refused = carol.post(path, json=whole)
    assert (refused.status_code, refused.json()["given"]) == (409, [str(booking.id)])
    added = carol.post(path, json={**whole, "despite_bookings": True})
    assert added.status_code == 201
    nodes = {gpu.node for gpu in GPUS}
    assert {(each["node"], each["reason"]) for each in added.json()["outages"]} == {
        (node, "new fan") for node in nodes
    }
    assert service.client("alice").state().notices[0].kind == "endangered"
    assert carol.request("DELETE", path, json=whole).status_code == 204
    assert service.desk.outages(service.clock()) == []
    assert carol.request("DELETE", path, json=whole).status_code == 404
    assert service.signed_in("alice").post(path, json=whole).status_code == 403
    assert (
        service.raw(service.token("carol"))
        .post(f"admin/pools/{booking.pool}/outages", json=whole)
        .status_code
        == 403
    )
