"""Whom the hub knows is asked once for who is known, and again for who is not."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.core.ids import UserName
from maia_hub.service import acquaintance
from maia_hub.service.acquaintance import Acquaintance

NAMES = [UserName(f"user{n}") for n in range(30)]


class Register:
    """A hub that knows some people, and what it was asked."""

    def __init__(self, *known: str) -> None:
        self.known = set(known)
        self.asked: list[str] = []
        self.now = datetime(2026, 3, 2, tzinfo=timezone.utc)
        self.at_once = self.most = 0

    async def __call__(self, name: str) -> tuple[str, ...] | None:
        self.asked.append(name)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return () if name in self.known else None


def test_who_is_known_is_asked_for_once_in_an_hour_and_few_at_a_time() -> None:
    hub = Register(*NAMES[1:])
    known = Acquaintance(hub, lambda: hub.now)
    assert asyncio.run(known.strangers(NAMES)) == frozenset(NAMES[:1])
    assert (len(hub.asked), hub.most) == (30, 8)
    hub.known.add("user0")
    assert asyncio.run(known.strangers(NAMES)) == frozenset()
    assert hub.asked[30:] == ["user0"]
    hub.now += timedelta(hours=2)
    hub.known.discard("user7")
    assert asyncio.run(known.strangers(NAMES)) == frozenset(NAMES[7:8])


def test_a_hub_that_is_away_or_slow_makes_nobody_a_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_: str) -> None:
        raise Unavailable("away")

    async def slow(_: str) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(acquaintance, "_PATIENCE", 0.05)
    for ask in (away, slow):
        known = Acquaintance(ask, lambda: datetime.now(timezone.utc))
        assert asyncio.run(known.strangers(NAMES)) is None
