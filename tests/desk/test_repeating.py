"""What is asked twice with one key is done once, whatever dies in between, on either database."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from multiprocessing.synchronize import Barrier

import pytest
from sqlalchemy import URL

from maia_hub.core.errors import InvalidInput, Overbooked
from maia_hub.desk import Actor, Answer, Keyed
from maia_hub.store.answers import found_answer, known
from tests.desk.office import ADA, BEN, Office

KEYED = Keyed(ADA.user, "key", "what is asked")
KEPT = timedelta(hours=24)
pytestmark = pytest.mark.parametrize("books", [False, True])
CONTEXT = multiprocessing.get_context("spawn")


def booking(office: Office, after: Callable[[], None] = lambda: None, who: Actor = ADA) -> Answer:
    """Book and answer with the id, having done something else in between."""
    booked = office.book(who, 0, 60)
    after()
    return Answer(201, str(booked.id), {"etag": '"1"'})


def once(office: Office, books: bool, keyed: Keyed = KEYED) -> tuple[Answer, bool]:
    """Book, unless that was done; ``books``: and say beforehand that it is no more than that."""
    return office.desk.once(
        keyed, office.now, KEPT, lambda: booking(office, who=Actor(keyed.user)), books=books
    )


def booked(office: Office) -> list[str]:
    """Return the ids of all bookings."""
    return [str(each.id) for each in office.desk.bookings(ADA, office.now)]


def test_the_second_time_the_answer_of_the_first_comes_back(where: URL, books: bool) -> None:
    with closing(Office(where)) as office:
        first, again = once(office, books), once(office, books)
        assert again == (first[0], True)
        (booking_id,) = booked(office)
        assert first == (Answer(201, booking_id, {"etag": '"1"'}), False)
        assert len([event for event in office.events if event.action == "booking.confirmed"]) == 1


def test_another_request_with_that_key_is_refused_and_another_users_is_not(where: URL, books: bool) -> None:
    with closing(Office(where)) as office:
        once(office, books)
        with pytest.raises(InvalidInput, match="another request"):
            once(office, books, Keyed(ADA.user, "key", "something else"))
        assert not once(office, books, Keyed(BEN.user, "key", "what is asked"))[1]


def test_what_is_raised_undoes_all_and_is_forgotten(where: URL, books: bool) -> None:
    def refuse() -> None:
        raise Overbooked("no")

    with closing(Office(where)) as office:
        told = len(office.events)
        with pytest.raises(Overbooked):
            office.desk.once(KEYED, office.now, KEPT, lambda: booking(office, refuse), books=books)
        assert (booked(office), len(office.events)) == ([], told)
        assert not once(office, books)[1]
        assert len(booked(office)) == 1


def test_it_sees_what_it_did_itself(where: URL, books: bool) -> None:
    with closing(Office(where)) as office:
        seen: list[list[str]] = []
        office.desk.once(
            KEYED, office.now, KEPT, lambda: booking(office, lambda: seen.append(booked(office))), books=books
        )
        assert seen == [booked(office)]
        assert len(seen[0]) == 1


def test_answers_are_forgotten_when_they_are_old(where: URL, books: bool) -> None:
    with closing(Office(where)) as office:
        once(office, books)
        office.now += KEPT + timedelta(seconds=1)
        second, again = office.desk.once(KEYED, office.now, KEPT, lambda: Answer(204, ""), books=books)
        assert (second, again) == (Answer(204, ""), False)
        assert found_answer(office.store.ask(known(KEYED, office.now))) == (KEYED.request, second)


def _killed(where: URL, books: bool) -> None:
    """Die when the booking is written and not yet committed."""
    office = Office(where)
    office.desk.once(
        KEYED,
        office.now,
        KEPT,
        lambda: booking(office, lambda: os.kill(os.getpid(), signal.SIGKILL)),
        books=books,
    )


def test_a_process_that_dies_in_between_leaves_neither(where: URL, books: bool) -> None:
    with closing(Office(where)) as office:
        process = CONTEXT.Process(target=_killed, args=(where, books))
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        assert booked(office) == []
        assert not once(office, books)[1]
        assert once(office, books)[1]


def _at_once(where: URL, books: bool, start: Barrier) -> tuple[str, bool]:
    with closing(Office(where)) as office:
        start.wait(60)
        answer, again = once(office, books)
        return answer.content, again


def test_of_two_processes_that_ask_the_same_one_does_it_and_both_know(where: URL, books: bool) -> None:
    with closing(Office(where)) as office, CONTEXT.Manager() as manager, CONTEXT.Pool(2) as pool:
        start = manager.Barrier(2)
        answers = pool.starmap(_at_once, [(where, books, start)] * 2)
        assert sorted(again for _, again in answers) == [False, True]
        assert {content for content, _ in answers} == set(booked(office))
