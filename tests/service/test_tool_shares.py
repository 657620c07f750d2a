"""MONAI Labels that are shared: with a colleague of the project, until an end, and taken back; all of it is audited."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from maia_hub.client import models as m
from maia_hub.core.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn
from maia_hub.core.ids import ProjectId, ServerName, UserName
from maia_hub.core.projects import Role
from maia_hub.desk import Actor
from maia_hub.monailabel.state import Folder, Known, Wish
from tests.cli.commands import maia
from tests.service.conftest import DOOR_SECRET, SPAWNER_SECRET, Running
from tests.service.hub import ADMIN_TOKEN, Hub

WORD = "w" * 43
SERVER = ServerName("vision")


@pytest.fixture(scope="module", autouse=True)
def colleagues(hub: Hub) -> Iterator[None]:
    with httpx.Client(headers={"Authorization": f"token {ADMIN_TOKEN}"}, timeout=20) as api:
        for name in ("sara", "sven", "otto"):
            api.post(f"{hub.api}/users/{name}")
        api.post(f"{hub.api}/groups/MAIA:shared").raise_for_status()
        users = {"users": ["sara", "sven"]}
        api.post(f"{hub.api}/groups/MAIA:shared/users", json=users).raise_for_status()
        yield
        api.delete(f"{hub.api}/groups/MAIA:shared").raise_for_status()


@pytest.fixture
def saras(service: Running) -> Running:
    """The service, of which sara has got a server in the project."""
    project = ProjectId("shared")
    service.desk.grant(UserName("sara"), SERVER, project, "cpu", service.clock(), fixed=False)
    return service


def asked(service: Running, **changed: object) -> m.ToolShareRequest:
    until = service.soon(days=7)
    given = {"server": SERVER, "tool": "spleen", "guest": "sven", "until": until, **changed}
    return m.ToolShareRequest.model_validate(given)


def actions(service: Running) -> list[tuple[str, str]]:
    carol = service.signed_in("carol")
    found = carol.get(f"{service.api}/admin/audit", params={"action": "tool-share."}).json()
    assert all(event["project"] == "shared" and event["after"]["guest"] == "sven" for event in found)
    assert WORD not in str(found)
    return [(event["actor"], event["action"]) for event in reversed(found)]


def test_it_is_given_changed_and_taken_back_and_all_of_that_is_audited(saras: Running) -> None:
    sara, sven = saras.client("sara"), saras.client("sven")
    share = sara.share_tool(asked(saras))
    assert (sara.tool_shares(), sven.tool_shares()) == ([share], [share])
    assert (share.owner, share.project) == ("sara", "shared")
    assert share.page == f"/services/maia-tools/shared/{share.id}/"
    longer = sara.share_tool(asked(saras, until=saras.soon(days=8)))
    assert (longer.id, longer.until - share.until > timedelta(hours=23)) == (share.id, True)
    sara.take_back_tool(share.id)
    assert (sara.tool_shares(), sven.tool_shares()) == ([], [])
    with pytest.raises(NotFound):
        sara.take_back_tool(share.id)
    assert actions(saras) == [("sara", f"tool-share.{what}") for what in ("given", "changed", "revoked")]
    assert "shares MONAI Label" in saras.desk.state(UserName("sven"), saras.clock()).notices[0].title


def test_a_guest_may_give_it_back_and_nobody_else_can_touch_it(saras: Running) -> None:
    share = saras.client("sara").share_tool(asked(saras))
    with pytest.raises(NotFound):
        saras.client("otto").take_back_tool(share.id)
    assert saras.client("otto").tool_shares() == []
    saras.client("sven").take_back_tool(share.id)
    assert actions(saras)[-1] == ("sven", "tool-share.revoked")


def test_who_is_not_in_the_project_or_unknown_cannot_be_a_guest(saras: Running) -> None:
    sara = saras.client("sara")
    for stranger in ("otto", "nobody-at-all", "..", "a/b"):
        with pytest.raises(Forbidden, match="is in the project “shared”"):
            sara.share_tool(asked(saras, guest=stranger))
    with pytest.raises(InvalidInput, match="yours already"):
        sara.share_tool(asked(saras, guest="sara"))
    with pytest.raises(NotFound, match="no such server"):
        saras.client("sven").share_tool(asked(saras, guest="sara"))
    for days in (-1, 400):
        with pytest.raises(InvalidInput, match="has to end"):
            sara.share_tool(asked(saras, until=saras.soon(days=days)))


def test_a_server_without_a_booking_is_of_its_owners_one_project(service: Running) -> None:
    sara, server = UserName("sara"), ServerName("")
    service.desk.grant(sara, server, ProjectId("default"), "cpu", service.clock(), fixed=False)
    share = service.client("sara").share_tool(asked(service, server=""))
    assert share.project == "shared"
    with pytest.raises(Forbidden, match="is in the project “shared”"):
        service.client("sara").share_tool(asked(service, server="", guest="otto"))
    both = {ProjectId(each): frozenset({Role.MEMBER}) for each in ("ears", "shared")}
    owner, guest = (Actor(UserName(name), projects=both) for name in ("sara", "sven"))
    with pytest.raises(Conflict, match="which of your projects"):
        service.desk.share_tool(owner, server, "spleen", guest, share.until, service.clock())


def test_the_door_is_told_where_to_lead_the_guest_until_it_is_taken_back(saras: Running) -> None:
    sara, door = saras.client("sara"), saras.client_with(DOOR_SECRET)
    share = sara.share_tool(asked(saras))
    assert door.lead_guest(share.id, "sven").word is None
    sara.tell_word(m.ToolWord(server=SERVER, tool="spleen", word=WORD))
    found = door.lead_guest(share.id, "sven")
    assert (found.word, found.share) == (WORD, share)
    assert WORD not in repr(found)
    for stranger in ("otto", "sara"):
        with pytest.raises(NotFound, match="Nothing is shared with you"):
            door.lead_guest(share.id, stranger)
    with pytest.raises(NotFound):
        door.lead_guest(uuid4(), "sven")
    sara.take_back_tool(share.id)
    with pytest.raises(Forbidden, match="does not share “spleen” with you any more"):
        door.lead_guest(share.id, "sven")
    with pytest.raises(NotFound, match="shared with nobody"):
        sara.tell_word(m.ToolWord(server=SERVER, tool="spleen", word=WORD))
    assert door.lead_guest(sara.share_tool(asked(saras)).id, "sven").word is None


def test_its_time_ends_by_itself(saras: Running) -> None:
    share = saras.client("sara").share_tool(asked(saras))
    saras.move_to(share.until)
    assert saras.client("sven").tool_shares() == []
    with pytest.raises(Forbidden, match="time for which sara shared “spleen” with you is over"):
        saras.client_with(DOOR_SECRET).lead_guest(share.id, "sven")


def test_nobody_but_the_door_asks_where_guests_are_led(saras: Running) -> None:
    share = saras.client("sara").share_tool(asked(saras))
    for token in (saras.token("sara"), saras.token("sven"), ADMIN_TOKEN, SPAWNER_SECRET, "nobodys"):
        with pytest.raises(NotSignedIn):
            saras.client_with(token).lead_guest(share.id, "sven")
    with pytest.raises(NotSignedIn):
        saras.client_with(DOOR_SECRET).tool_shares()


def test_a_terminal_shares_lists_and_takes_back(
    saras: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with Folder("spleen").alone():
        Folder("spleen").keep(Known(Wish("app", {}, "images"), 1, 1, "boot", "secret"))

    def say(*words: str) -> str:
        done = maia(
            "monailabel",
            *words,
            MAIA_SERVICE_URL=saras.url,
            MAIA_TOKEN=saras.token("sara"),
            MAIA_SERVER=SERVER,
            HOME=str(tmp_path),
        )
        return done.stdout if done.returncode == 0 else done.stderr

    assert "You have no server of MONAI Label of that name" in say("share", "liver", "sven")
    assert "Shared: spleen with sven, until" in say("share", "spleen", "sven", "--for", "2 days")
    [share] = saras.client("sven").tool_shares()
    assert timedelta(days=1, hours=23) < share.until - saras.clock() <= timedelta(days=2)
    assert str(share.id) in say("shares")
    assert "Not shared any more" in say("unshare", "spleen", "sven")
    assert "You do not share that with sven" in say("unshare", "spleen", "sven")
    assert "Nothing is shared" in say("shares")
