"""After a promotion the hub is asked whether its owner is still in the project, as often as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.reconcile import Membership, membership
from tests.desk.office import ADA, BEN, BOSS, Office
from tests.desk.test_waitlist import LATE, cancel, live, wish
from tests.waiting import until

pytestmark = pytest.mark.asyncio


class Hub:
    """Says in which groups people are, and fails as often as it is told to."""

    def __init__(self, **groups: Sequence[str]) -> None:
        self._groups = groups
        self.failing = 0

    async def groups_of(self, name: str) -> Sequence[str] | None:
        """Return somebody's groups."""
        if self.failing > 0:
            self.failing -= 1
            raise Unavailable("it does not answer")
        return self._groups.get(name)


async def test_a_booking_goes_on_to_the_next_whose_project_it_still_is(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "_AGAIN", 0.01)
    hub = Hub(ada=["MAIA:vision"], ben=[])
    hub.failing = 2
    watch = Membership(office.desk, hub.groups_of, lambda: office.now)
    forget = office.desk.subscribe(watch.wake)
    running = asyncio.create_task(watch.run())
    taken = office.book(BOSS, LATE, LATE + 240, gpus=2)
    wish(office, ADA)
    office.now = office.after(minutes=1)
    wish(office, BEN)
    await asyncio.sleep(0.05)
    cancel(office, taken)
    await until(lambda: live(office, BEN))
    await until(lambda: not office.desk.promoted(office.now))
    assert live(office, ADA) == []
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    forget()
