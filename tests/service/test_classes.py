"""Classes over HTTP: leads make them in the portal, students and staff see what is theirs, and tokens never lead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from maia_hub.client import models as m
from maia_hub.core.errors import Forbidden, NotFound
from tests.cli.commands import maia
from tests.service.conftest import Running
from tests.service.hub import ADMIN_TOKEN, Hub

PEOPLE = {"MAIA:vision": ["vera", "vic"], "MAIA:vision:lead": ["lena"]}


@pytest.fixture(scope="module", autouse=True)
def groups(hub: Hub) -> Iterator[None]:
    with httpx.Client(headers={"Authorization": f"token {ADMIN_TOKEN}"}, timeout=20) as api:
        for name in {user for users in PEOPLE.values() for user in users}:
            api.post(f"{hub.api}/users/{name}")
        for group, users in PEOPLE.items():
            api.post(f"{hub.api}/groups/{group}").raise_for_status()
            api.post(f"{hub.api}/groups/{group}/users", json={"users": users}).raise_for_status()
        yield
        for group in PEOPLE:
            api.delete(f"{hub.api}/groups/{group}").raise_for_status()


def wanted(service: Running, **more: object) -> m.ClassRequest:
    values = {
        "name": "Deep learning",
        "project": "vision",
        "pool": "simulated-gpu",
        "start": service.soon(hours=1),
        "end": service.soon(hours=3),
        "rule": "FREQ=WEEKLY;COUNT=3",
        "zone": "Europe/Stockholm",
        "roster": "group;user\nA;vera\nB;vic\n",
        "staff": ["alice"],
        **more,
    }
    return m.ClassRequest.model_validate(values)


def test_a_lead_makes_changes_and_ends_a_class_in_the_portal(service: Running) -> None:
    lena, at = service.signed_in("lena"), f"{service.api}/classes"
    asked = wanted(service)
    wrong = lena.post(
        f"{at}/check", json=wanted(service, roster="A,vera\nB\n").model_dump(mode="json")
    ).json()
    assert [fault["line"] for fault in wrong["faults"]] == [2]
    check = lena.post(f"{at}/check", json=asked.model_dump(mode="json")).json()
    assert [(d["verdict"]["allowed"], sorted(d["nodes"])) for d in check["dates"]] == [(True, ["A", "B"])] * 3
    answer = lena.post(at, json=asked.model_dump(mode="json"))
    made = m.ClassModel.model_validate(answer.json())
    assert (answer.status_code, made.left, len(made.bookings), made.may) == (201, 3, 6, ["change", "end"])
    assert answer.headers["ETag"] == made.etag
    again = lena.post(at, json=asked.model_dump(mode="json"))
    assert (again.status_code, "of that name" in again.json()["detail"]) == (409, True)

    vera = service.client("vera")
    (mine,) = vera.classes()
    assert (mine.role, mine.group, mine.left, mine.bookings) == ("member", "A", 3, [])
    seen = vera.one_class(made.id)
    assert ([g.name for g in seen.groups], len(seen.bookings), seen.roster) == (["A"], 3, "")
    first = vera.bookings()[0]
    assert (first.mine, first.may, first.user) == (True, [], "Deep learning / A")
    assert first.of_class == m.ClassGroup(id=made.id, name="Deep learning", group="A")
    assert [b.id for b in vera.state().bookings] == [b.id for b in vera.bookings()]
    others = service.client("vic").bookings(mine=False)
    assert [b.mine for b in others if b.of_class and b.of_class.group == "A"] == [False] * 3
    assert [g.name for g in service.client("alice").one_class(made.id).groups] == ["A", "B"]
    assert service.signed_in("alice").get(f"{service.api}/bookings/{first.id}").status_code in (200, 403)

    changes = {"roster": "A,vera\nA,vic\n"}
    stale = lena.patch(f"{at}/{made.id}", json=changes, headers={"If-Match": '"stale"'})
    assert stale.status_code == 412
    changed = lena.patch(f"{at}/{made.id}", json=changes, headers={"If-Match": made.etag}).json()
    assert ([g["members"] for g in changed["groups"]], changed["left"]) == ([["vera", "vic"]], 3)
    less = lena.post(f"{at}/{made.id}/cancel-date", json={"start": changed["next"]}).json()
    assert less["left"] == 2
    ended = lena.post(f"{at}/{made.id}/end", json={"reason": "the term is over"}).json()
    assert (ended["left"], ended["may"]) == (0, [])
    assert "the term is over" in str([n.message for n in vera.state().notices])


def test_a_token_never_makes_or_changes_a_class_whoever_owns_it(service: Running) -> None:
    made = (
        service.signed_in("lena")
        .post(f"{service.api}/classes", json=wanted(service).model_dump(mode="json"))
        .json()
    )
    lena = service.client("lena")
    with pytest.raises(Forbidden, match="in the portal"):
        lena.make_class(wanted(service, name="Another"))
    with pytest.raises(Forbidden, match="in the portal"):
        lena.check_class(wanted(service, name="Another"))
    with pytest.raises(Forbidden):
        lena.change_class(made["id"], m.ClassChange(staff=["lena", "mallory"]))
    with pytest.raises(Forbidden):
        lena.end_class(made["id"], "no")
    with pytest.raises(Forbidden):
        lena.cancel_class_date(made["id"], service.soon(hours=1))
    with pytest.raises(NotFound):
        service.client("bob").one_class(made["id"])
    terminal = {"MAIA_SERVICE_URL": service.url, "MAIA_TOKEN": service.token("vera")}
    assert "member, group A" in maia("classes", **terminal).stdout
    shown = maia("classes", "show", "Deep learning", **terminal).stdout
    assert "Group A: vera" in shown
    assert "vic" not in shown


def test_a_students_feed_names_class_and_group(service: Running) -> None:
    service.signed_in("lena").post(f"{service.api}/classes", json=wanted(service).model_dump(mode="json"))
    feed = service.client("vera").add_feed(m.FeedRequest(kind="own"))
    text = httpx.get(feed.address).text
    assert text.count("Deep learning\\, group A") == 3


def test_names_that_the_hub_does_not_know_are_warned_of_and_a_change_is_seen_before_it_is_made(
    service: Running, tmp_path: Path
) -> None:
    lena, at = service.signed_in("lena"), f"{service.api}/classes"
    asked = wanted(service, name="Warned", roster="group,user\nA,vera\nB,zoe\n").model_dump(mode="json")
    check = lena.post(f"{at}/check", json=asked).json()
    assert [(told["line"], told["given"]) for told in check["warnings"]] == [(3, "zoe")]
    assert (check["hub_asked"], check["faults"], len(check["dates"])) == (True, [], 3)
    assert check["strange_staff"] == []
    check = lena.post(f"{at}/check", json={**asked, "staff": ["vera", "zoe", "tim"]}).json()
    assert check["strange_staff"] == ["zoe", "tim"]
    made = lena.post(at, json=asked).json()
    terminal = service.client("lena")
    found = terminal.check_class_change(made["id"], "A,vera\nC,vic\n", ["zoe", "vera"])
    assert found.strange_staff == ["zoe"]
    assert [sorted(date.nodes) for date in found.dates] == [["A", "C"]] * 3
    assert {date.said for date in found.dates} == {"Group B loses it."}
    assert ([each.line for each in found.warnings], found.zone) == ([], "Europe/Stockholm")
    with pytest.raises(Forbidden):
        service.client("vera").check_class_change(made["id"], "A,vera\n")
    listed = tmp_path / "students.csv"
    listed.write_text("\ufeffA;vera\nC;zoe\n", encoding="utf-8")
    environment = {"MAIA_SERVICE_URL": service.url, "MAIA_TOKEN": service.token("lena")}
    told = maia("classes", "show", "Warned", "--try", str(listed), **environment).stdout
    assert "Line 2: The hub does not know zoe" in told
    assert "A on here, C on here" in told
    assert "Nothing was changed." in told
    listed.write_text("A;vera\nC\n")
    told = maia("classes", "show", "Warned", "--try", str(listed), **environment).stdout
    assert "Line 2: A group and a user name are needed" in told
    assert [g["name"] for g in lena.get(f"{at}/{made['id']}").json()["groups"]] == ["A", "B"]
