"""Who was let into a server may open it in a browser, nobody else may, and nobody once that is taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest
import pytest_asyncio

from maia_hub.core.errors import Conflict, Forbidden, NotFound
from maia_hub.core.ids import DEFAULT_SERVER, ServerName, UserName
from maia_hub.hub import HubApi
from tests.stockhub import LAB, StockHub, visited

pytestmark = pytest.mark.asyncio
ALICE, BOB, TEACHER = UserName("alice"), UserName("bob"), UserName("teacher")
CONTENTS = "/user/alice/api/contents"


@pytest.fixture(scope="module")
def opened(real_hub: StockHub) -> Iterator[StockHub]:
    """The hub with alice's server running, and with everybody signed in once."""
    for user in ("alice", "bob", "teacher", "stranger"):
        real_hub.browser(user).close()
    real_hub.start_server("alice")
    yield real_hub
    real_hub.stop_server("alice")


@pytest_asyncio.fixture
async def api(opened: StockHub) -> AsyncIterator[HubApi]:
    async with HubApi(opened.api, opened.token) as hub:
        yield hub
        await hub.shut_out(ALICE, DEFAULT_SERVER, TEACHER)


async def test_who_was_let_in_opens_the_server_and_strangers_do_not(opened: StockHub, api: HubApi) -> None:
    with closing(opened.browser("teacher")) as teacher, closing(opened.browser("stranger")) as stranger:
        assert visited(teacher).status_code == 403
        await api.let_in(ALICE, DEFAULT_SERVER, TEACHER)
        await api.let_in(ALICE, DEFAULT_SERVER, TEACHER)
        assert await api.entrants(ALICE, DEFAULT_SERVER) == {TEACHER}
        assert visited(teacher).url.path == LAB
        assert teacher.get(CONTENTS).status_code == 200
        assert visited(stranger).status_code == 403


async def test_it_is_the_one_server_and_nothing_else_of_its_owner(opened: StockHub, api: HubApi) -> None:
    await api.let_in(ALICE, DEFAULT_SERVER, TEACHER)
    with closing(opened.browser("teacher")) as teacher:
        assert visited(teacher).url.path == LAB
        for path in ("/hub/api/users/alice", "/hub/api/users/alice/tokens", "/hub/api/users/alice/server"):
            assert teacher.get(path).status_code in (403, 404), path
        xsrf = next(cookie.value for cookie in teacher.cookies.jar if cookie.path == "/hub/")
        stop = teacher.delete("/hub/api/users/alice/server", headers={"X-XSRFToken": xsrf or ""})
        assert stop.status_code in (403, 404)


async def test_what_is_taken_back_ends_also_for_an_old_cookie(opened: StockHub, api: HubApi) -> None:
    with closing(opened.browser("teacher")) as teacher:
        await api.let_in(ALICE, DEFAULT_SERVER, TEACHER)
        assert visited(teacher).url.path == LAB
        await api.shut_out(ALICE, DEFAULT_SERVER, TEACHER)
        assert await api.entrants(ALICE, DEFAULT_SERVER) == frozenset()
        with closing(opened.browser("teacher")) as anew:
            assert visited(anew).status_code == 403, "the hub refuses at once"
        at = {cookie.path for cookie in teacher.cookies.jar}
        assert any("/user/alice" in path for path in at), "the server's own cookie"
        teacher.cookies.delete("jupyterhub-session-id")  # part of what the server remembers an answer by
        assert teacher.get(CONTENTS).status_code == 403, (
            "the old cookie, once the hub is asked about it again"
        )


async def test_what_is_not_there_is_told_or_no_error(api: HubApi) -> None:
    with pytest.raises(NotFound):
        await api.let_in(ALICE, ServerName("never"), TEACHER)
    with pytest.raises(Conflict, match="No such user"):
        await api.let_in(ALICE, DEFAULT_SERVER, UserName("nobody"))
    assert await api.entrants(ALICE, ServerName("never")) == frozenset()
    await api.shut_out(ALICE, ServerName("never"), TEACHER)
    await api.shut_out(ALICE, DEFAULT_SERVER, UserName("nobody"))
    await api.shut_out(BOB, DEFAULT_SERVER, TEACHER)


async def test_a_token_that_may_not_share_takes_back_what_was_given_and_gives_nothing(
    opened: StockHub, api: HubApi
) -> None:
    await api.let_in(ALICE, DEFAULT_SERVER, TEACHER)
    async with HubApi(opened.api, opened.apart) as apart:
        with pytest.raises(Forbidden):
            await apart.let_in(ALICE, DEFAULT_SERVER, BOB)
        await apart.shut_out(ALICE, DEFAULT_SERVER, TEACHER)
    assert await api.entrants(ALICE, DEFAULT_SERVER) == frozenset()
