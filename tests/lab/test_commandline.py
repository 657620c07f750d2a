"""The line after %gpu is understood, or the error says what to write."""

from __future__ import annotations

import pytest

from maia_hub.core.errors import InvalidInput
from maia_lab.commandline import joined, parse
from maia_lab.magics import complete


def test_nothing_means_status() -> None:
    assert parse("").command == "status"


def test_words_of_a_value_need_no_quotes() -> None:
    words = parse("book 1 h 30 min --at tomorrow 9:00 --product RTX A6000 --gpus 2 --project vision")
    assert joined(words.duration) == "1 h 30 min"
    assert joined(words.at) == "tomorrow 9:00"
    assert joined(words.product) == "RTX A6000"
    assert (words.gpus, words.project) == (2, "vision")


def test_how_a_booking_repeats_is_read() -> None:
    words = parse(
        "book 4h --at tuesday 13:00 --weekly --until 2027-06-30 --skip 2027-01-05 2027-01-12 --partly"
    )
    assert joined(words.at) == "tuesday 13:00"
    assert (words.weekly, words.daily, words.partly, words.preview) == (True, False, True, False)
    assert (words.until, words.skip) == ("2027-06-30", ["2027-01-05", "2027-01-12"])


def test_quotes_do_no_harm() -> None:
    assert joined(parse('book 2h --at "tomorrow 9:00"').at) == "tomorrow 9:00"


@pytest.mark.parametrize(
    "line",
    ["reserve 2h", "book", "book 2h --gpus many", "book 2h --at", "extend --until", "status now", "book 'x"],
)
def test_a_mistake_is_answered_with_what_to_write(line: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(line)
    assert caught.value.advice


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("%gpu ", "extend"),
        ("%gpu bo", "book"),
        ("%gpu book ", "--at"),
        ("%gpu book ", "--weekly"),
        ("%gpu status ", None),
    ],
)
def test_what_may_come_next_is_offered(line: str, offered: str | None) -> None:
    found = complete(line)
    assert offered in found if offered else found == []
