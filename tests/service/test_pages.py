"""Lists come in pages, and whoever goes through them sees everything once, whatever is added meanwhile."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from uuid import UUID

import httpx
import pytest

from maia_hub.client import AsyncClient, calls
from maia_hub.client import models as m
from maia_hub.core.bookings import BookingEvent
from maia_hub.core.ids import BookingId, PoolId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Policy, PolicySet
from maia_hub.desk import Actor, Asked
from tests.service.conftest import Running

HOUR = timedelta(hours=1)
ADA, BEN = Actor(UserName("ada")), Actor(UserName("ben"))


def fill(service: Running, number: int, first: int = 1, who: Actor = ADA) -> list[BookingId]:
    """Book so many hours, one after the other; return the bookings' ids by their start."""
    service.desk.policies = PolicySet(Policy(name="free"))
    start, now = service.soon(hours=1), service.clock()
    pool = PoolId("simulated-gpu")
    wishes = [Interval(start + HOUR * n, start + HOUR * (n + 1)) for n in range(first, first + number)]
    return [service.desk.book(who, Asked(interval=each, gpus=1, pool=pool), now).id for each in wishes]


def flat(pages: list[list[str]]) -> list[str]:
    """Return what is on all pages."""
    return [one for page in pages for one in page]


def walk(api: httpx.Client, address: str) -> list[list[str]]:
    """Go from page to page as RFC 8288 says; return the ids on each."""
    found, following = [], httpx.URL(address)
    while True:
        answer = api.get(following)
        assert answer.status_code == 200, answer.text
        found.append([str(one["id"]) for one in answer.json()])
        if "next" not in answer.links:
            assert "next-cursor" not in answer.headers
            return found
        following = answer.url.join(answer.links["next"]["url"])


def test_all_bookings_come_once_in_the_order_of_their_start(service: Running) -> None:
    ids = fill(service, 7)
    pages = walk(service.raw(service.token("ada")), "bookings?limit=3")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert flat(pages) == [str(each) for each in ids]


def test_two_that_begin_at_the_same_moment_are_both_shown(service: Running) -> None:
    both = {*fill(service, 3), *fill(service, 3, who=BEN)}
    pages = walk(service.raw(service.token("ada")), "bookings?mine=false&limit=1")
    assert [len(page) for page in pages] == [1] * 6
    assert {UUID(one) for (one,) in pages} == both


def test_what_is_filtered_stays_so_from_page_to_page(service: Running) -> None:
    ids = fill(service, 6)
    fill(service, 6, who=BEN)
    service.desk.end(ADA, ids[3], BookingEvent.CANCEL, "", service.clock())
    pages = walk(service.raw(service.token("ada")), "bookings?limit=2&state=confirmed")
    assert flat(pages) == [str(each) for each in ids if each != ids[3]]


def test_what_comes_and_goes_meanwhile_neither_repeats_nor_hides_another(service: Running) -> None:
    ids = fill(service, 6, first=4)
    api = service.raw(service.token("ada"))
    first = api.get("bookings?limit=3")
    earlier, later = fill(service, 2, first=1), fill(service, 1, first=12)
    service.desk.end(ADA, ids[0], BookingEvent.CANCEL, "", service.clock())
    rest = walk(api, f"bookings?limit=3&state=confirmed&cursor={first.headers['next-cursor']}")
    assert flat(rest) == [str(each) for each in [*ids[3:], *later]]
    assert {str(each) for each in earlier}.isdisjoint(flat(rest))


def test_our_client_goes_through_the_pages_by_itself(service: Running) -> None:
    ids = fill(service, 5)
    ada = service.client("ada")
    assert [b.id for b in ada.bookings(limit=2)] == ids
    lazily = ada.each(calls.bookings(limit=2))
    assert [b.id for b in islice(lazily, 3)] == ids[:3]


@pytest.mark.asyncio
async def test_so_does_the_async_client(service: Running) -> None:
    ids = fill(service, 5)
    async with AsyncClient(service.url, service.token("ada")) as ada:
        found: list[m.BookingModel] = await ada.bookings(limit=2)
        assert [b.id for b in found] == ids
        assert [b.id async for b in ada.each(calls.bookings(limit=4))] == ids


def test_the_audit_is_gone_through_in_the_same_way(service: Running) -> None:
    fill(service, 5)
    browser = service.signed_in("carol")
    whole = browser.get(f"{service.api}/admin/audit?limit=500").json()
    pages = walk(browser, f"{service.api}/admin/audit?limit=2&action=booking.")
    assert flat(pages) == [str(e["id"]) for e in whole if e["action"].startswith("booking.")]
    assert {len(page) for page in pages[:-1]} == {2}


@pytest.mark.parametrize("cursor", ["x", "", "AAAA", "MjAzMC0wMS0wMVQwMDowMDowMCB4", "%C3%A9", "=" * 9])
def test_a_cursor_that_is_none_is_refused(service: Running, cursor: str) -> None:
    answer = service.raw(service.token("ada")).get(f"bookings?cursor={cursor}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("limit", ["0", "1001", "x"])
def test_a_page_has_a_size(service: Running, limit: str) -> None:
    assert service.raw(service.token("ada")).get(f"bookings?limit={limit}").status_code == 422
