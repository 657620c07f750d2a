"""Guests at the workspace's door to a MONAI Label: led by the door to the tools, by a word of each start's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from maia_lab.monailabel.admitted import Role, admitted
from maia_lab.monailabel.guests import GUEST, WORD, Guests
from tests.lab.monailabelserver import Stand, door_to, monai_label
from tests.waiting import until

pytest_plugins = ["pytest_jupyter.jupyter_server"]


class Told:
    """The service's place: it hears words."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}
        self.times = 0

    async def __call__(self, name: str, word: str) -> None:
        self.times += 1
        self.words[name] = word


@pytest.fixture
def stand() -> Iterator[Stand]:
    with monai_label() as started:
        yield started


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def door(stand: Stand, told: Told, jp_fetch: Any, jp_serverapp: Any, jp_asyncio_loop: Any) -> Iterator[str]:
    """The address of the door to it."""
    with door_to(stand, jp_serverapp, jp_asyncio_loop, told) as address_of_it:
        yield address_of_it


@pytest.fixture
def anybody(jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[httpx.AsyncClient]:
    client = httpx.AsyncClient(timeout=60)
    yield client
    jp_asyncio_loop.run_until_complete(client.aclose())


def guest(word: str, name: str = "bob") -> dict[str, str]:
    return {WORD: word, GUEST: quote(name)}


async def knocked(anybody: httpx.AsyncClient, door: str, told: Told) -> str:
    """Knock, and return the word that the service is told."""
    answer = await anybody.get(f"{door}/open/info/", headers=guest("none"))
    assert (answer.status_code, answer.headers[WORD]) == (401, "another")
    await until(lambda: "spleen" in told.words, "the word is told")
    return told.words["spleen"]


async def test_the_word_lets_a_guest_in_as_herself_and_no_other_does(
    anybody: httpx.AsyncClient, door: str, stand: Stand, told: Told
) -> None:
    word = await knocked(anybody, door, told)
    for wrong in ("", "none", word[:-1], f"{word}x", word.swapcase(), "é"):
        shown = {WORD.encode(): wrong.encode(), GUEST.encode(): b"bob"}
        assert (await anybody.get(f"{door}/open/info/", headers=shown)).status_code == 401
    assert (await anybody.get(f"{door}/open/info/", headers={WORD: word})).status_code == 401
    assert not stand.asked
    answer = await anybody.get(f"{door}/open/info/", headers=guest(word, "Bob Å"))
    assert (answer.status_code, answer.headers[WORD]) == (200, "known")
    (_, _, headers, _) = stand.asked[0]
    assert (headers["X-Maia-Guest"], WORD in headers) == ("1", False)
    assert headers["X-Maia-Person"] == "Bob%20%C3%85"


async def test_a_wrong_word_is_not_made_up_for_by_anything_else(
    anybody: httpx.AsyncClient, door: str, stand: Stand, jp_auth_header: dict[str, str]
) -> None:
    answer = await anybody.get(f"{door}/open/info/", headers={**jp_auth_header, **guest("none")})
    assert answer.status_code == 401
    assert not stand.asked


async def test_the_word_is_good_for_this_monai_label_alone(
    anybody: httpx.AsyncClient, door: str, told: Told
) -> None:
    word = await knocked(anybody, door, told)
    root = door.rpartition("/maia/")[0]
    assert (
        await anybody.get(f"{root}/maia/monailabel/liver/open/info/", headers=guest(word))
    ).status_code == 401
    for path in ("api/contents", "api/kernels", "api/terminals", "maia/monailabel/spleen/shares"):
        assert (await anybody.get(f"{root}/{path}", headers=guest(word))).status_code == 403
    refused = await anybody.post(f"{door}/password", headers=guest(word))
    assert refused.status_code == 403
    assert (await anybody.delete(f"{door}/open/train/", headers=guest(word))).status_code == 403
    assert (await anybody.put(f"{door}/open/session/", headers=guest(word), content=b"x")).status_code == 403
    assert "liver" not in told.words


async def test_knocking_again_and_again_tells_no_more_than_once(
    anybody: httpx.AsyncClient, door: str, told: Told
) -> None:
    word = await knocked(anybody, door, told)
    for _ in range(5):
        await anybody.get(f"{door}/open/info/", headers=guest("none"))
    assert (told.times <= 3, told.words["spleen"]) == (True, word)


async def test_each_start_has_another_word(stand: Stand, told: Told) -> None:
    words = set()
    for _ in range(2):
        await Guests(lambda _: None, told).tell("spleen")
        words.add(told.words["spleen"])
    assert len(words) == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "infer/spleen"),
        ("POST", "activelearning/random"),
        ("GET", "datastore/"),
        ("PUT", "datastore/label"),
        ("GET", "ohif/index.html"),
    ],
)
def test_a_guest_annotates(method: str, path: str) -> None:
    assert admitted(method, path, Role.GUEST)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "train/"),
        ("DELETE", "datastore/label"),
        ("PUT", "datastore/image"),
        ("PUT", "datastore/"),
        ("PUT", "datastore/label/info"),
        ("PUT", "datastore/updatelabelinfo"),
        ("PUT", "session/"),
        ("GET", "session/1"),
        ("POST", "infer/wsi/x"),
        ("GET", "logs/"),
        ("GET", "model/spleen"),
        ("GET", "datastore/dataset"),
        ("POST", "batch/infer/x"),
    ],
)
def test_a_guest_brings_no_images_and_neither_trains_nor_removes(method: str, path: str) -> None:
    assert not admitted(method, path, Role.GUEST)
