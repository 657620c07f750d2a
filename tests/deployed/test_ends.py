"""Whom the end of a pod is handed on to, and when."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

import pytest

from maia_hub.cluster.ends import Cause, plain
from maia_hub.cluster.pod import Pod
from maia_hub.core.ids import LeaseId
from maia_hub.deployed import control
from maia_hub.deployed.control import Ends

pytestmark = pytest.mark.asyncio

GRANT = LeaseId(uuid4())
POD = Pod(
    uid="1",
    name="p",
    namespace="n",
    grant=str(GRANT),
    of_hub=True,
    created=datetime(2026, 3, 2, 12, tzinfo=timezone.utc),
    ended=True,
)


@dataclass
class Told:
    """The losses and the loops in one."""

    lost: list[Cause] = field(default_factory=list)
    ends: list[LeaseId] = field(default_factory=list)
    missing: int = 0
    stopped_here: bool = False

    def take(self, pod: Pod, end: Any) -> None:
        self.lost.append(end.cause)

    def ended(self, grant: LeaseId) -> None:
        self.ends.append(grant)

    def stops(self, grant: LeaseId) -> bool:
        return self.stopped_here

    def missed(self) -> None:
        self.missing += 1


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setattr(control, "_HUB_SAYS", 3600.0)
    return Told()


async def take(told: Told, pod: Pod, cause: Cause) -> list[LeaseId]:
    parts: Any = told
    ends = Ends(parts)
    ends.loops = parts
    ends.take(pod, plain(cause))
    await asyncio.sleep(0.05)
    assert told.lost == [cause]
    return told.ends


async def test_a_pod_that_failed_is_released_at_once(told: Told) -> None:
    assert await take(told, POD, Cause.FAILED) == [GRANT]


async def test_of_a_pod_that_was_deleted_the_hub_may_speak_first(told: Told) -> None:
    assert await take(told, POD, Cause.DELETED) == []


async def test_what_the_loops_stop_themselves_waits_for_nobody(told: Told) -> None:
    told.stopped_here = True
    assert await take(told, POD, Cause.DELETED) == [GRANT]


async def test_nobody_speaks_for_a_pod_that_no_hub_made(told: Told) -> None:
    assert await take(told, replace(POD, of_hub=False), Cause.DELETED) == [GRANT]


async def test_a_pod_in_which_something_may_still_run_holds_its_gpu(told: Told) -> None:
    assert await take(told, replace(POD, ended=False), Cause.DEADLINE) == []


async def test_a_grant_that_somebody_wrote_by_hand_harms_nothing(told: Told) -> None:
    assert await take(told, replace(POD, grant="mine"), Cause.FAILED) == []


async def test_a_watch_that_is_right_again_lets_the_loops_look_at_all(told: Told) -> None:
    parts: Any = told
    ends = Ends(parts)
    ends.stale(False)
    ends.loops = parts
    ends.stale(True)
    assert told.missing == 0
    ends.stale(False)
    assert told.missing == 1
