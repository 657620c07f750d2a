"""What a MONAI Label learns, by the routes of its Jupyter server: labels, trainings, versions, and their stream."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
from tornado.httpclient import HTTPClientError

from maia_hub import imaging
from maia_hub.monailabel.labels.delivery import Delivered
from maia_hub.monailabel.labels.submissions import submission
from maia_hub.monailabel.learning.datasets import DataSet, held_out
from maia_lab.monailabel.labels import LABELS
from maia_lab.monailabel.learning import LEARNING, Learning
from maia_lab.monailabel.serving import SERVING
from tests.lab.hpcpanel import Panel, Stream
from tests.monailabel.learning.schooling import NAME, School, opened
from tests.monailabel.school import MODEL, drawn, names
from tests.waiting import until

pytest_plugins = ["pytest_jupyter.jupyter_server"]

LEARNT = names(2, held=False)


@pytest.fixture
def school(jp_serverapp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[School]:
    """A small MONAI Label that teaches; its home counts, not that of the Jupyter server's fixtures."""
    (tmp_path / "school").mkdir()
    with opened(tmp_path / "school", monkeypatch) as made:
        made.start()
        yield made


@pytest.fixture
def learning(school: School, jp_serverapp: Any, jp_asyncio_loop: Any) -> Iterator[Learning]:
    """Who has it learn in the Jupyter server."""
    found: Learning = jp_serverapp.web_app.settings[LEARNING]
    yield found
    jp_asyncio_loop.run_until_complete(found.stop())
    jp_asyncio_loop.run_until_complete(jp_serverapp.web_app.settings[SERVING].http.aclose())


@pytest.fixture
def routes(learning: Learning, jp_fetch: Any, jp_serverapp: Any, jp_auth_header: Any) -> Panel:
    """The routes of the panel."""
    app = jp_serverapp
    address = f"http://localhost:{app.port}{app.base_url}".rstrip("/")
    return Panel(jp_fetch, address, jp_auth_header, subject=f"monailabel/{NAME}")


def last(stream: Stream) -> Any:
    """Return the model as the stream told of it last."""
    told = stream.of("learning")
    return told[-1]["models"][0] if told and told[-1]["models"] else None


async def test_a_label_saved_through_the_door_is_learnt_from_and_a_browser_sees_it(
    routes: Panel, school: School, jp_serverapp: Any, jp_auth_header: Any
) -> None:
    app = jp_serverapp
    door = f"http://127.0.0.1:{app.port}{app.base_url}maia/monailabel/{NAME}/open/datastore/label"
    school.says("hold")
    async with routes.listening("learning", "events") as stream:
        await until(lambda: stream.of("learning"), "the state")
        assert (last(stream)["waits_for"], last(stream)["training"]) == ("no new labels", None)
        async with httpx.AsyncClient(headers=jp_auth_header, timeout=60) as annotator:
            params = {"image": LEARNT[0], "tag": "final"}
            answer = await annotator.put(door, params=params, content=drawn())
        assert answer.status_code == 200, answer.text
        await until(lambda: (last(stream)["training"] or {}).get("loss"), "the first step")
        assert last(stream)["training"]["state"] == "running"
        said = await routes.problem("POST", "learning", "train", model=MODEL)
        assert (said["status"], said["type"]) == (409, "urn:maia:in-progress")
        school.no_more("hold")
        await until(lambda: last(stream)["versions"], "a version")
        assert last(stream)["used"] == 1
    state = await routes.call("GET", "learning")
    (label,) = state["labels"]
    assert (label["image"], label["version"], label["held_out"]) == (LEARNT[0], 1, False)
    [version] = state["models"][0]["versions"]
    assert version["authors"] == [label["author"]] != [""]
    assert version["loss"][0] == [1, 1.0]
    assert version["held"] == DataSet().version  # nothing was held out: its score is on no label


async def test_a_label_that_the_image_server_has_is_learnt_from(
    routes: Panel, school: School, jp_serverapp: Any
) -> None:
    series = next(uid for n in range(99) if not held_out(uid := f"1.2.{n}", 0.2))
    school.images.draw(series)
    ada = imaging.Person("Lovelace^Ada", "ada")
    what = submission(series, {1: "spleen"}, ada, at=datetime(2026, 3, 2, 12, tzinfo=timezone.utc))
    for told in jp_serverapp.web_app.settings[LABELS].arrived:
        for _ in range(2):  # it may be told twice
            await told(NAME, Delivered(what, "1.2", 1, False))
    async with routes.listening("learning", "events") as stream:
        await until(lambda: last(stream) and last(stream)["used"] == 1, "a version")
    (label,) = (await routes.call("GET", "learning"))["labels"]
    assert (label["image"], label["label"], label["author"]) == (series, what.uid, "ada")
    assert len(school.asked()) == 1


async def test_a_person_trains_stops_and_goes_back(routes: Panel, school: School, learning: Learning) -> None:
    assert (await routes.problem("POST", "learning", "train", model=MODEL))["status"] == 409
    assert (await routes.problem("POST", "learning", "train", model="brain"))["status"] == 404
    assert (await routes.problem("POST", "learning", "train"))["status"] == 422
    assert (await routes.problem("POST", "learning", "promote", model=MODEL, version=3))["status"] == 404
    assert (await routes.problem("POST", "learning", "stop", training="t-0"))["status"] == 404
    (school.place.root / "policy.json").write_text('{"after": 99}')
    school.says("hold")
    school.images.draw(LEARNT[0])
    await learning.conductor(NAME).drawn("bob")
    await routes.call("POST", "learning", "train", model=MODEL, parameters={"max_epochs": 3})
    async with routes.listening("learning", "events") as stream:
        await until(
            lambda: last(stream) and (last(stream)["training"] or {}).get("epoch") == 1, "its first epoch"
        )
        training = last(stream)["training"]
        assert training["epochs"] == 3
        assert training["wanted_by"] != ""
        await routes.call("POST", "learning", "stop", training=training["name"])
        await until(lambda: last(stream)["training"]["state"] == "failed", "its end")
        assert last(stream)["training"]["why"].startswith("stopped by ")
        school.no_more("hold")
        await routes.call("POST", "learning", "train", model=MODEL)
        await until(lambda: last(stream)["used"] == 1, "a version")
        await routes.call("POST", "learning", "promote", model=MODEL, version=0, why="try without")
        await until(lambda: last(stream)["used"] == 0, "the model as it came")
        assert (last(stream)["why"], school.used()) == ("try without", None)


async def test_one_that_was_never_started_is_not_found(routes: Panel, learning: Learning) -> None:
    other = Panel(routes._fetch, routes._url, routes._headers, subject="monailabel/other")
    for path in (("learning",), ("learning", "events")):
        assert (await other.problem("GET", *path))["status"] == 404


async def test_who_is_not_signed_in_sees_and_does_nothing(
    learning: Learning, jp_fetch: Any, school: School
) -> None:
    base = ("maia", "monailabel", NAME, "learning")
    asked: list[tuple[tuple[str, ...], str]] = [((), "GET"), (("events",), "GET")]
    asked += [((path,), "POST") for path in ("train", "stop", "promote")]
    for path, method in asked:
        body = "{}" if method == "POST" else None
        with pytest.raises(HTTPClientError) as refused:
            await jp_fetch(*base, *path, method=method, body=body, headers={"Authorization": ""})
        assert refused.value.code == 403
    assert school.asked() == []
