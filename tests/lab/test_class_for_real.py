"""A class on a real platform: its staff open the student's server while it runs, and not a moment after it is ended."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx

from maia_hub.client import models as m
from tests.lab.test_visitors import CONTENTS, opened
from tests.platform import Platform, eventually

CLASSES = "/services/maia/api/v1/classes"


def test_staff_come_in_with_the_class_and_go_with_it_and_the_group_has_its_folder(platform: Platform) -> None:
    with (
        closing(platform.session("admin")) as admin,
        closing(platform.session("bob")) as bob,
        platform.client("alice") as alice,
    ):
        assert opened(bob, "/user/alice/lab").status_code in (403, 404, 424), "no class yet"
        made = a_class(platform, admin)
        server = platform.start_server("alice", "booked")
        assert server["ready"]
        state = eventually(lambda: _let_in(platform, "bob"), "bob is let in")
        assert [(each.user, each.server) for each in state.open_to_me] == [("alice", "")]
        assert opened(bob, "/user/alice/lab").status_code == 200
        assert bob.get(CONTENTS).status_code == 200
        (session,) = alice.state().sessions
        assert set(session.may_open) == {"admin", "bob"}
        assert [(visit.visitor, visit.here) for visit in session.visits] == [("bob", True)]

        (link,) = (platform.data / "homes" / "alice" / "shared").iterdir()
        assert link.name.startswith("Deep-learning-A-")
        (link / "results.csv").write_text("1")
        assert _files(platform.data / "shared") == {"results.csv"}

        ended = admin.post(f"{CLASSES}/{made.id}/end", json={"reason": "done"})
        assert ended.status_code == 200, ended.text
        eventually(lambda: _let_in(platform, "bob") is None, "bob is shut out", 60)
        eventually(lambda: bob.get(CONTENTS).status_code in (403, 503, 404), "also by his old cookie", 60)
        with closing(platform.session("bob")) as anew:
            assert opened(anew, "/user/alice/lab").status_code in (403, 404, 424)
        assert _files(platform.data / "shared") == {"results.csv"}, "it stays"


def a_class(platform: Platform, admin: httpx.Client) -> m.ClassModel:
    """Make one that runs now: Alice is its student, Bob its staff."""
    admin.get("/services/maia/")
    admin.headers["X-XSRFToken"] = admin.get("/services/maia/api/v1/me").json()["xsrf"]
    with platform.client("alice") as client:
        state = client.state()
    asked = m.ClassRequest(
        name="Deep learning",
        project="default",
        pool=state.pools[0].id,
        start=state.now,
        end=state.now + timedelta(minutes=10),
        rule="FREQ=WEEKLY;COUNT=1",
        zone="UTC",
        roster="A,alice\n",
        staff=["bob"],
    )
    answer = admin.post(CLASSES, json=asked.model_dump(mode="json"))
    assert answer.status_code == 201, answer.text
    return m.ClassModel.model_validate(answer.json())


def _let_in(platform: Platform, user: str) -> m.State | None:
    with platform.client(user) as client:
        state = client.state()
        return state if state.open_to_me else None


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}
