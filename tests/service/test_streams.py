"""Feeds: one for all listeners of a user, and none for nobody."""

from __future__ import annotations

import asyncio
import itertools
from datetime import datetime, timezone

import pytest

from maia_hub.client.models import State, Usage
from maia_hub.core.ids import UserName
from maia_hub.desk import Event
from maia_hub.service.streams import LONGEST_SLEEP, Streams

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


async def _state(user: str) -> State:
    return State(
        now=NOW, user=user, sessions=[], bookings=[], notices=[], pools=[], warnings=[], calendar_version=1
    )


async def _usage(_: State) -> Usage | None:
    return None


@pytest.mark.asyncio
async def test_a_feed_is_shared_and_ends_with_its_last_listener() -> None:
    streams = Streams(lambda: NOW, _state, _usage)
    first, second, other = (streams.join(user) for user in ("alice", "alice", "bob"))
    assert first is second
    assert first is not other
    keeper = first.keeper
    assert keeper is not None
    await asyncio.wait_for(first.news.wait(), 10)
    assert first.state is not None
    assert first.state.user == "alice"
    streams.leave("alice", first)
    assert streams.join("alice") is first
    streams.leave("alice", first)
    streams.leave("alice", second)
    with pytest.raises(asyncio.CancelledError):
        await keeper
    anew = streams.join("alice")
    assert anew is not first
    streams.leave("alice", anew)
    streams.leave("bob", other)


@pytest.mark.asyncio
@pytest.mark.parametrize("action", ["booking.confirmed", "outage.added", "lease.ended"])
async def test_what_concerns_everybody_wakes_everybodys_feed(action: str) -> None:
    versions = itertools.count(1)

    async def state(user: str) -> State:
        return (await _state(user)).model_copy(update={"calendar_version": next(versions)})

    streams = Streams(lambda: NOW, state, _usage)
    streams.start()
    feed = streams.join("alice")
    await asyncio.wait_for(feed.news.wait(), 10)
    told = feed.news
    event = Event(id=1, at=NOW, actor="bob", action=action, subject="x", user=UserName("bob"))
    streams.event(event)
    await asyncio.wait_for(told.wait(), LONGEST_SLEEP.total_seconds() * 0.7)
    streams.leave("alice", feed)
