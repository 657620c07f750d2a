"""The hub's groups say for which projects a user books, and which she leads: in the portal, never by token."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from maia_hub.client import models as m
from maia_hub.core.errors import Forbidden, InvalidInput, Refused
from maia_hub.core.ids import ProjectId
from maia_hub.core.projects import Project, Projects
from tests.cli.commands import maia
from tests.service.conftest import Running, ask
from tests.service.hub import ADMIN_TOKEN, Hub

GROUPS = {
    "MAIA:vision:steward": ["stella"],
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
    assert (seen["may"], seen["note"]) == (["extend", "move", "hand-over", "revoke"], "")
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


def test_who_is_in_one_project_books_for_it_and_who_is_in_several_says_which(service: Running) -> None:
    assert service.client("vera").book(ask(service)).project == "vision"
    with pytest.raises(InvalidInput, match="several projects") as told:
        service.client("vic").book(ask(service))
    assert told.value.allowed == ["ears", "vision"]
    booked = service.client("vic").book(ask(service, project="ears"))
    moved = m.BookingRequest(start=booked.end, end=booked.end + (booked.end - booked.start))
    assert service.client("vic").check(moved, ignore=booked.id).allowed
    everybody = service.client("alice").bookings(mine=False, project="ears")
    assert [(b.user, b.project) for b in everybody] == [("vic", "ears")]


def test_a_member_sees_her_projects_with_what_is_left_of_them(service: Running) -> None:
    known = {ProjectId("vision"): Project(title="See", gpus=2, hours_per_week=40, products=("GPU",))}
    service.desk.projects = Projects(known=known)
    service.client("vera").book(ask(service, start=service.clock(), minutes=30))
    (vision,) = service.client("vera").projects()
    assert vision.gpus_now == 1
    assert 0 < vision.hours_this_month <= 0.5
    told = vision.model_dump(exclude={"hours_this_week", "hours_this_month"})
    assert told == {
        "name": "vision",
        "title": "See",
        "roles": ["member"],
        "gpus": 2,
        "hours_per_week": 40,
        "hours_per_month": None,
        "products": ["GPU"],
        "gpus_now": 1,
    }
    lena = service.signed_in("lena").get(f"{service.api}/projects").json()
    assert [(p["name"], p["roles"]) for p in lena] == [("vision", ["member", "lead"])]
    assert [p.name for p in service.client("alice").projects()] == ["default"]


def test_a_terminal_names_the_project_and_lists_them(service: Running) -> None:
    at = {"MAIA_SERVICE_URL": service.url, "MAIA_TOKEN": service.token("vic")}
    refused = maia("book", "1h", "--at", "tomorrow 9:00", **at)
    assert refused.returncode == 1
    assert "several projects" in refused.stderr
    assert "ears, vision" in refused.stderr
    booked = maia("book", "1h", "--at", "tomorrow 9:00", "--project", "ears", **at)
    assert "Simulated GPU for ears" in booked.stdout, booked.stderr
    listed = maia("projects", **at)
    assert [line.split("\u2502")[1].strip() for line in listed.stdout.splitlines() if "member" in line] == [
        "ears",
        "vision",
    ]


def test_a_booking_is_handed_over_within_its_project_and_nowhere_else(service: Running) -> None:
    vera = service.client("vera")
    booking = vera.book(ask(service, project="vision"))
    assert "hand-over" in booking.may
    for name in ("otto", "nobody", "vic/../vic", ".."):
        with pytest.raises(Forbidden, match=r"Nobody called “.*” is in the project “vision”"):
            vera.hand_over(booking.id, name)
    taken = vera.hand_over(booking.id, "vic", booking.etag)
    assert (taken.id, taken.user, taken.mine, taken.may) == (booking.id, "vic", False, [])
    vic = service.client("vic")
    assert [notice.title for notice in vic.state().notices] == ["You were handed a booking"]
    vic.cancel(booking.id, taken.etag)


def test_a_lead_hands_over_in_the_portal_what_she_does_not_own(service: Running) -> None:
    booking = service.client("vera").book(ask(service, project="vision"))
    path = f"{service.api}/bookings/{booking.id}/hand-over"
    lena = service.signed_in("lena")
    done = lena.post(path, json={"to": "vic"}, headers={"If-Match": booking.etag, "Idempotency-Key": "one"})
    assert (done.status_code, done.json()["user"], done.json()["may"]) == (
        200,
        "vic",
        ["extend", "move", "hand-over", "revoke"],
    )
    again = lena.post(path, json={"to": "vic"}, headers={"If-Match": booking.etag, "Idempotency-Key": "one"})
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    titles = [notice.title for notice in service.client("vera").state().notices]
    assert titles == ["Your booking was given to a colleague"]


def test_a_data_steward_sees_all_of_her_project_and_changes_nothing(service: Running) -> None:
    vera = service.client("vera").book(ask(service, project="vision", start=service.clock()))
    other = service.client("otto").book(ask(service, project="ears"))
    stella = service.signed_in("stella")
    seen = stella.get(f"{service.api}/bookings/{vera.id}").json()
    assert (seen["user"], seen["may"], seen["note"]) == ("vera", [], "")
    assert stella.get(f"{service.api}/bookings/{other.id}").status_code == 403
    for move, body in (("revoke", {"reason": "x"}), ("hand-over", {"to": "stella"}), ("cancel", None)):
        assert stella.post(f"{service.api}/bookings/{vera.id}/{move}", json=body).status_code == 403
    service.move_to(service.soon(minutes=30))
    lines = stella.get(f"{service.api}/reports?by=user,project").json()["lines"]
    assert {(line["user"], line["project"]) for line in lines} == {("vera", "vision")}


def test_who_oversees_a_project_reads_its_audit_log_and_no_other(service: Running) -> None:
    for user, project in (("vera", "vision"), ("otto", "ears")):
        service.client(user).book(ask(service, project=project))
    at = f"{service.api}/projects/vision/audit"
    for user in ("lena", "stella", "carol"):
        found = service.signed_in(user).get(f"{at}?action=booking.").json()
        assert {(event["user"], event["project"]) for event in found} == {("vera", "vision")}
    for user in ("vera", "otto"):
        assert service.signed_in(user).get(at).status_code == 403
    assert service.raw(service.token("stella")).get("projects/vision/audit").status_code == 403
    assert service.signed_in("stella").get(f"{service.api}/admin/audit").status_code == 403
