"""Lists of students as spreadsheets write them: all that is wrong is told at once, by its line."""

from __future__ import annotations

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import UserName
from maia_hub.core.rosters import lines, read, required, unknown, written

AB = [("A", ("ada", "ben")), ("B", ("eve",))]


@pytest.mark.parametrize(
    "text",
    [
        "A,ada\nA,ben\nB,eve\n",
        "\ufeffgroup;user\r\nA;ada\r\nA;ben\r\nB;eve\r\n",
        'User name\tName\tGroup\nben\t"Ben, B."\tA\nada\tAda\tA\n\neve\t"Eve\nE."\tB',
        '"A" , "ada"\n a, ben \n"B","eve"'.replace('"A" ,', "A ,").replace(' "ada"', " ada"),
        written([("A", ("ada", "ben")), ("B", ("eve",))]),
    ],
)
def test_a_list_is_read_however_it_was_saved(text: str) -> None:
    assert read(text) == (AB, [])


def test_all_that_is_wrong_is_told_by_its_line() -> None:
    text = "group,user\nA,ada\nA\n,ben\nB,Eve Smith\nB,ada\nB,e/ve\nC,\ufffdsa\nC," + "x" * 256
    groups, faults = read(text)
    assert groups == [("A", ("ada",))]
    assert [fault.line for fault in faults] == [3, 4, 5, 6, 7, 8, 9]
    assert "line 2 already, in group A" in faults[3].message
    with pytest.raises(InvalidInput, match="7 lines") as told:
        required(text)
    assert str(told.value.given).count("line ") == 8


@pytest.mark.parametrize(("text", "line"), [("", 1), ("group,user\n", 1), ('A,ada\nA,"ben\n', 2)])
def test_a_list_without_students_or_with_open_quotes_is_refused(text: str, line: int) -> None:
    assert [fault.line for fault in read(text)[1]] == [line]


def test_a_list_that_is_far_too_long_is_not_looked_at() -> None:
    with pytest.raises(InvalidInput, match="too long"):
        read("A,ada\n" * 10_000)
    assert "more than 1000" in read("".join(f"A,u{n}\n" for n in range(1001)))[1][0].message


def test_names_that_nobody_knows_are_told_by_their_lines_and_are_no_faults() -> None:
    text = "group,user\nA,ada\n\nA\nB,zoe\nB,eve\n"
    assert lines(text) == {"ada": 2, "zoe": 5, "eve": 6}
    (told,) = unknown(text, {UserName("ada"), UserName("eve")})
    assert (told.line, told.given) == (5, "zoe")
    assert "does not know zoe" in told.message
    assert [fault.line for fault in read(text)[1]] == [4]
