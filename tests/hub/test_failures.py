"""What the hub refuses, and a hub that does not answer, become errors that say what to do."""

from __future__ import annotations

import pytest

from maia_hub.core.errors import Forbidden, NotFound, Unavailable
from maia_hub.core.ids import DEFAULT_SERVER, UserName
from maia_hub.hub import HubApi
from tests.ports import free_port
from tests.stockhub import StockHub

pytestmark = pytest.mark.asyncio


async def test_an_unknown_user_is_not_found(real_hub: StockHub) -> None:
    async with HubApi(real_hub.api, real_hub.token) as api:
        with pytest.raises(NotFound, match="JupyterHub answered 404"):
            await api.start(UserName("nobody"), DEFAULT_SERVER)


async def test_a_wrong_token_is_forbidden_and_is_not_repeated_in_the_error(real_hub: StockHub) -> None:
    async with HubApi(real_hub.api, "wrong-secret") as api:
        with pytest.raises(Forbidden) as caught:
            await api.servers()
    assert "wrong-secret" not in repr((caught.value.message, caught.value.given, caught.value.details))
    assert "scopes" in (caught.value.advice or "")


async def test_a_name_with_a_slash_reaches_no_other_path(real_hub: StockHub) -> None:
    async with HubApi(real_hub.api, real_hub.token) as api:
        with pytest.raises((NotFound, Forbidden)):
            await api.start(UserName("alice/../../users/bob"), DEFAULT_SERVER)
        assert await api.servers() == []


async def test_a_hub_that_is_down_is_unavailable() -> None:
    async with HubApi(f"http://127.0.0.1:{free_port()}/hub/api", "token") as api:
        with pytest.raises(Unavailable, match="does not answer"):
            await api.servers()


@pytest.mark.usefixtures("paused")
async def test_a_hub_that_hangs_is_unavailable_after_the_timeout(real_hub: StockHub) -> None:
    async with HubApi(real_hub.api, real_hub.token, timeout=0.5) as api:
        with pytest.raises(Unavailable, match="does not answer"):
            await api.servers()
