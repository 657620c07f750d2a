"""The async client, against the real service."""

from __future__ import annotations

import pytest

from maia_hub.client import AsyncClient
from maia_hub.client import models as m
from maia_hub.core.errors import NotSignedIn
from tests.service.conftest import SPAWNER_SECRET, Running, ask


@pytest.mark.asyncio
async def test_it_books_listens_and_raises_the_services_own_errors(service: Running) -> None:
    async with AsyncClient(service.url, service.token("alice")) as alice:
        booked = await alice.book(ask(service))
        async for event in alice.events():
            assert isinstance(event.data, m.State)
            assert [b.id for b in event.data.bookings] == [booked.id]
            break
    async with AsyncClient(service.url, SPAWNER_SECRET) as spawner:
        assert isinstance(await spawner.grant(m.GrantRequest(user="alice")), m.Grant)
        with pytest.raises(NotSignedIn):
            await spawner.me()
