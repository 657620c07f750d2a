"""The hub's groups say for which projects a user books, and which she leads: in the portal, never by token."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from maia_hub.client import models as m
from maia_hub.core.errors import Forbidden, Refused
from maia_hub.core.ids import ProjectId
from maia_hub.core.projects import Project, Projects
from tests.service.conftest import Running, ask
from tests.service.hub import ADMIN_TOKEN, Hub

GROUPS = {
    "MAIA:vision": ["vera", "vic"],
    "MAIA:vision:lead": ["lena"],
    "MAIA:ears": ["vic"],
    "MAIA:ears:lead": ["otto"],
}


@pytest.fixture(scope="module", autouse=True)
def groups(hub: Hub) -> Iterator[None]:
    with httpx.Client(headers={"Authorization": f"token {ADMIN_TOKEN}"}, timeout=20) as api:
        for name in {user for users in GROUPS.values() for user in users}:
            api.post(f"{hub.api}/users/{name}")
        for group, users in GROUPS.items():
            api.post(f"{hub.api}/groups/{group}").raise_for_status()
            api.post(f"{hub.api}/groups/{group}/users", json={"users": users}).raise_for_status()
        yield
        for group in GROUPS:
            api.delete(f"{hub.api}/groups/{group}").raise_for_status()


def test_a_group_of_the_hub_lets_its_people_book_for_its_project(service: Running) -> None:
    booking = service.client("vera").book(ask(service, project="vision"))
    assert booking.project == "vision"
    with pytest.raises(Forbidden, match="not a member of the project “ears”"):
        service.client("vera").book(ask(service, project="ears"))
    with pytest.raises(Forbidden, match="not a member of the project “default”"):
        service.client("vera").check(ask(service, project="default"))
    with pytest.raises(Forbidden, match="not a member of the project “vision”"):
        service.client("alice").book(ask(service, project="vision"))


def test_a_site_may_have_no_bookings_outside_projects(service: Running) -> None:
    service.desk.projects = Projects(default=False)
    with pytest.raises(Forbidden, match="in no project"):
        service.client("alice").book(ask(service))


def test_a_quota_refuses_with_rule_value_limit_and_earliest_start(service: Running) -> None:
    service.desk.projects = Projects(known={ProjectId("vision"): Project(gpus=1)})
    first = service.client("vera").book(ask(service, project="vision"))
    with pytest.raises(Refused) as told:
        service.client("vic").book(ask(service, project="vision"))
    refusals = told.value.details["refusals"]
    assert isinstance(refusals, list)
    (refusal,) = refusals
    assert (refusal["rule"], refusal["given"], refusal["limit"]) == (
        "project-gpus",
        "2 GPUs at a time",
        "at most 1",
    )
    assert refusal["earliest"] == first.end.isoformat().replace("+00:00", "Z")
    service.client("vic").book(ask(service, project="vision", start=first.end))


def test_a_lead_signed_in_to_the_portal_changes_and_revokes(service: Running) -> None:
    booking = service.client("vera").book(ask(service, project="vision", note="my own words"))
    lena = service.signed_in("lena")
    at = f"{service.api}/bookings/{booking.id}"
    seen = lena.get(at).json()
    assert (seen["may"], seen["note"]) == (["extend", "move", "revoke"], "")
    start = m.BookingModel.model_validate(seen).start.isoformat()
    assert lena.patch(at, json={"start": start, "end": service.soon(hours=3).isoformat()}).status_code == 200
    ended = lena.post(f"{at}/revoke", json={"reason": "needed elsewhere"})
    assert (ended.status_code, ended.json()["cause"]) == (200, "revoked")
    (event, *_) = service.signed_in("carol").get(f"{service.api}/admin/audit?user=vera").json()
    assert (event["actor"], event["action"], event["reason"]) == (
        "lena",
        "booking.revoked",
        "needed elsewhere",
    )


def test_neither_a_leads_token_nor_another_projects_lead_may(service: Running) -> None:
    booking = service.client("vera").book(ask(service, project="vision"))
    for answer in (
        service.raw(service.token("lena")).post(f"bookings/{booking.id}/revoke", json={"reason": "x"}),
        service.signed_in("otto").post(f"{service.api}/bookings/{booking.id}/revoke", json={"reason": "x"}),
        service.raw(service.token("lena")).patch(f"bookings/{booking.id}", json={"note": "x"}),
    ):
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:maia-hub:problem:forbidden"
    assert service.client("vera").booking(booking.id).state == "confirmed"


def test_a_lead_sees_the_gpu_hours_of_her_project_alone(service: Running) -> None:
    start = service.clock()
    for user, project in (("vera", "vision"), ("otto", "ears")):
        service.client(user).book(ask(service, start=start, project=project))
        granted = service.spawner().grant(m.GrantRequest(user=user, choice="booked", project=project))
        assert isinstance(granted, m.Grant)
    service.move_to(service.soon(minutes=30))
    lines = service.signed_in("lena").get(f"{service.api}/account").json()
    assert {(line["user"], line["project"]) for line in lines} == {("vera", "vision")}
