"""What is written on a live pod reaches its container, and its deadline is lowered."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from maia_hub.cluster.ends import Cause
from maia_hub.cluster.sessions import SessionWriter, Wanted
from maia_hub.core import marks
from maia_hub.core.ids import LeaseId
from tests.cluster.parts import Ground, name, new_grant, running
from tests.waiting import until

pytestmark = pytest.mark.asyncio

FOLLOWS = "while :; do echo $(</run/maia/session/grant.json); sleep 0.05; done"


async def seen(field: Ground, grant: LeaseId) -> list[str]:
    """Return what the container has read from its file, each text once."""
    lines = (await field.kubectl("logs", name(grant))).splitlines()
    return list(dict.fromkeys(lines))


async def of(field: Ground, grant: LeaseId) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await field.kubectl("get", "pod", name(grant), "-o", "json"))
    return found


async def test_a_new_end_is_read_by_the_container_and_stands_on_the_pod(field: Ground) -> None:
    grant = await field.start(FOLLOWS)
    writer = SessionWriter(field.api, field.watch)
    end = datetime(2030, 3, 2, 9, tzinfo=timezone.utc)
    async with running(writer.run()):
        await asyncio.to_thread(writer.want, grant, Wanted(session="second", until=end))
        for _ in range(100):
            if (texts := await seen(field, grant)) != ["first"]:
                break
        assert texts == ["first", "second"]
        annotations = (await of(field, grant))["metadata"]["annotations"]
        assert annotations[marks.UNTIL] == "2030-03-02T09:00:00+00:00"

        writer.want(grant, Wanted(session="third"))
        await until(lambda: field.watch.of_grant(grant)[0].session == "third", "the third text")
        assert marks.UNTIL not in (await of(field, grant))["metadata"]["annotations"]


async def test_a_pod_that_comes_later_is_written_once_it_is_there(field: Ground) -> None:
    writer = SessionWriter(field.api, field.watch)
    grant, other = new_grant(), new_grant()
    latest = datetime.now(timezone.utc) + timedelta(hours=3)
    wanted = {grant: Wanted(session="at once", latest_end=latest), other: Wanted(session="never")}
    async with running(writer.run()):
        writer.want_all(wanted)
        await field.start(grant=grant)
        await until(lambda: field.watch.of_grant(grant)[0].session == "at once", "the text")
        await until(lambda: field.watch.of_grant(grant)[0].deadline is not None, "the deadline")
    (pod,) = field.watch.of_grant(grant)
    assert pod.started is not None
    assert pod.deadline is not None
    ends = pod.started + timedelta(seconds=pod.deadline)
    assert timedelta(0) <= ends - latest < timedelta(seconds=1)


async def test_a_lowered_deadline_ends_the_pod_and_a_later_one_is_never_written(field: Ground) -> None:
    grant = await field.start(activeDeadlineSeconds=3600)
    (before,) = field.watch.of_grant(grant)
    writer = SessionWriter(field.api, field.watch)
    now = datetime.now(timezone.utc)
    async with running(writer.run()):
        writer.want(grant, Wanted(session="longer", latest_end=now + timedelta(hours=9)))
        await until(lambda: field.watch.of_grant(grant)[0].session == "longer", "the text")
        assert field.watch.of_grant(grant)[0].deadline == before.deadline
        writer.want(grant, Wanted(session="shorter", latest_end=now + timedelta(seconds=1)))
        assert (await field.end_of(grant)).cause is Cause.DEADLINE


async def test_a_write_on_a_pod_that_was_replaced_by_one_of_the_same_name_does_nothing(field: Ground) -> None:
    grant = await field.start()
    (gone,) = field.watch.of_grant(grant)
    await field.kubectl("delete", "pod", name(grant), "--grace-period=0", "--force")
    await field.end_of(grant)
    await field.start(grant=grant)
    writer = SessionWriter(field.api, field.watch)
    await writer._patch(gone, Wanted(session="for the old one"))
    assert (await of(field, grant))["metadata"]["annotations"][marks.SESSION] == "first"


async def test_a_write_that_fails_is_tried_again(field: Ground, caplog: pytest.LogCaptureFixture) -> None:
    grant = await field.start()
    (pod,) = field.watch.of_grant(grant)
    writer = SessionWriter(field.api, field.watch)
    too_long = "x" * 300_000  # annotations may hold 256 KiB together
    async with running(writer.run()):
        writer.want(grant, Wanted(session=too_long))
        await until(lambda: caplog.text.count("was not written") > 1, "a second attempt")
        writer.want(grant, Wanted(session="shorter"))
        await until(lambda: field.watch.of_grant(grant)[0].session == "shorter", "the text")
    assert f"{pod.namespace}/{pod.name}" in caplog.text
