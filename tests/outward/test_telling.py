"""The loop that tells people, with a real database and a real mail server, which comes and goes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from maia_hub.core.notifying import Letter
from maia_hub.outward import Mailer
from maia_hub.reconcile import Outward
from tests.desk.office import ADA, BEN, Office
from tests.outward.post import NOBODY, Post, text_of

CODE = hashlib.sha256(b"CODE").hexdigest()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    for who, address in ((ADA, "ada@example.org"), (BEN, NOBODY)):
        made.desk.give_address(who, address, "CODE", CODE, made.now, "")
        made.desk.confirm_address(who, CODE, made.now, "")
    made.desk.collect_letters(made.now, "")
    for letter in made.desk.letters_due(made.now, 9):
        made.desk.letter_sent(letter, made.now)
    return made


@asynccontextmanager
async def telling(office: Office, send: Callable[[Letter], None]) -> AsyncIterator[Outward]:
    """Run the loop; the clock is the office's."""
    loop = Outward(office.desk, lambda: office.now, mail=send)
    forget = office.desk.subscribe(loop.wake)
    task = asyncio.create_task(loop.run())
    try:
        yield loop
    finally:
        forget()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        office.close()


async def until(look: Callable[[], object], loop: Outward, what: str) -> None:
    for _ in range(200):
        if look():
            return
        loop.wake()
        await asyncio.sleep(0.05)
    raise AssertionError(what)


@pytest.mark.asyncio
async def test_a_server_that_is_away_gets_everything_once_it_is_back(office: Office, tmp_path: Path) -> None:
    post = Post(tmp_path)
    async with telling(office, Mailer(post.settings()).send) as loop:
        office.desk.send_test(ADA, office.now, "")
        await until(lambda: office.desk.contact(ADA, office.now).problem, loop, "its absence is seen")
        assert office.desk.letter_counts(office.now) == {"waiting": 1, "failing": 1}
        with post.open():
            office.now += timedelta(seconds=30)
            await until(lambda: post.came, loop, "the message comes")
            await until(lambda: not office.desk.contact(ADA, office.now).problem, loop, "all is well again")
    assert "This is the test" in text_of(post.came[0])
    assert len(post.came) == 1


@pytest.mark.asyncio
async def test_an_address_that_is_none_keeps_nobody_elses_message_back(
    office: Office, tmp_path: Path
) -> None:
    with Post(tmp_path).open() as post:
        async with telling(office, Mailer(post.settings()).send) as loop:
            office.desk.send_test(BEN, office.now, "")
            office.desk.send_test(ADA, office.now, "")
            await until(lambda: post.came, loop, "hers comes")
            await until(lambda: office.desk.contact(BEN, office.now).problem, loop, "his does not")
            assert "550 5.1.1 No such mailbox" in office.desk.contact(BEN, office.now).problem
            await until(lambda: not office.desk.letter_counts(office.now)["waiting"], loop, "nothing waits")
            assert office.desk.letter_counts(office.now)["failing"] == 1
    assert [message["To"] for message in post.came] == ["ada@example.org"]


@pytest.mark.asyncio
async def test_who_dies_after_sending_sends_the_same_message_again(office: Office, tmp_path: Path) -> None:
    died: list[Letter] = []
    with Post(tmp_path).open() as post:
        mailer = Mailer(post.settings())

        def send(letter: Letter) -> None:
            mailer.send(letter)
            if not died:
                died.append(letter)
                raise MemoryError("in the middle of it")

        async with telling(office, send) as loop:
            office.desk.send_test(ADA, office.now, "")
            await until(lambda: len(post.came) == 2, loop, "it comes twice")
    assert post.came[0]["Message-ID"] == post.came[1]["Message-ID"]


@pytest.mark.asyncio
async def test_bookings_are_made_and_ended_while_the_mail_server_says_nothing(
    office: Office, tmp_path: Path
) -> None:
    silent = asyncio.Event()
    loop_thread = asyncio.get_running_loop()

    def send(_: Letter) -> None:
        asyncio.run_coroutine_threadsafe(silent.wait(), loop_thread).result()

    async with telling(office, send):
        office.desk.send_test(ADA, office.now, "")
        await asyncio.sleep(0.1)
        booking = await asyncio.to_thread(office.book, ADA, 1, 60)
        assert booking.live
        await asyncio.to_thread(office.go, minutes=61)
        assert not office.desk.booking(booking.id, office.now).live
        silent.set()
