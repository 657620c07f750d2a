"""Lists of students as spreadsheets write them (RFC 4180 and its kin): a line for each, with group and user name.

Columns are parted by commas, semicolons or tabs. A first line that names them (group, user) may stand above, in any
order and among others; without it the group comes first. All that is wrong is told at once, by its line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import UserName

MOST = 1000
"""Students of one class."""
LONGEST = 50_000
"""Characters of a list."""
_LONGEST_GROUP, _LONGEST_USER = 63, 255
_GROUP = frozenset({"group", "team", "grupp", "gruppe", "groupe"})
_USER = frozenset({"user", "username", "user name", "student", "login", "login id", "sis login id"})

Groups = Sequence[tuple[str, tuple[UserName, ...]]]
"""The groups by their names, each with its students."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line; the first line has the number 1."""

    line: int
    message: str
    given: str = ""


def read(text: str) -> tuple[Groups, list[Fault]]:
    """Return the groups of a list, in the order of their names, and all that is wrong in it."""
    if len(text) > LONGEST:
        raise InvalidInput("The list is too long.", given=len(text), allowed=f"up to {LONGEST} characters")
    faults: list[Fault] = []
    seen = _students(text, faults)
    found: dict[str, list[UserName]] = {}
    for student, (_, name) in seen.items():
        found.setdefault(name, []).append(UserName(student))
    groups = [(name, tuple(sorted(found[name]))) for name in sorted(found)]
    return groups, sorted(faults, key=lambda fault: fault.line)


def lines(text: str) -> Mapping[UserName, int]:
    """Return the students of a list, each with the line that names her."""
    return {UserName(student): line for student, (line, _) in _students(text, []).items()}


def unknown(text: str, known: Collection[UserName]) -> list[Fault]:
    """Return the lines of students whom the hub does not know: no faults, for they may sign in later."""
    message = "The hub does not know {}: nobody of that name has signed in yet. Is the name right?"
    return [
        Fault(line, message.format(student), student)
        for student, line in lines(text).items()
        if student not in known
    ]


def _students(text: str, faults: list[Fault]) -> dict[str, tuple[int, str]]:
    """Return the students of a list with their lines and groups; what is wrong is added to ``faults``."""
    rows = list(_lines(text.removeprefix("\ufeff"), faults))
    group, user = (0, 1)
    if rows and (named := _header(rows[0][1])):
        group, user = named
        rows = rows[1:]
    seen: dict[str, tuple[int, str]] = {}
    names: dict[str, str] = {}
    for number, cells in rows:
        fault = _fault(number, cells, group, user, seen)
        if fault is not None:
            faults.append(fault)
        else:
            name = names.setdefault(cells[group].casefold(), cells[group])
            seen[cells[user]] = number, name
    if not rows and not faults:
        faults.append(
            Fault(1, "The list is empty: a line for each student is needed, with group and user name.")
        )
    if len(seen) > MOST:
        faults.append(Fault(rows[-1][0], f"There are more than {MOST} students.", str(len(seen))))
    return seen


def required(text: str) -> Groups:
    """Return the groups of a list; `InvalidInput` names every line that is wrong."""
    groups, faults = read(text)
    if faults:
        raise InvalidInput(
            f"The list has {len(faults)} line{'s' if len(faults) > 1 else ''} that cannot be read; nothing was saved.",
            given=[f"line {fault.line}: {fault.message}" for fault in faults[:20]],
            allowed="a line for each student: group, user name",
            advice="Correct the list and send it again.",
            details={
                "refusals": [
                    {"rule": f"line-{f.line}", "message": f.message, "given": f.given, "limit": "group, user"}
                    for f in faults
                ]
            },
        )
    return groups


def written(groups: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Return a list that `read` reads as these groups."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("group", "user"))
    rows.writerows((name, user) for name, users in groups for user in users)
    return out.getvalue()


def why_no_name(name: str, longest: int) -> str:
    """Return why something cannot be called so; empty if it can."""
    if not name:
        return "is missing"
    if len(name) > longest:
        return f"is longer than {longest} characters"
    if "/" in name or "\ufffd" in name or not name.isprintable():
        return "has a slash or a character that cannot be read: save the list as UTF-8"
    return ""


def _lines(text: str, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each line that says something, and its cells."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 1
    try:
        for cells in rows:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield number, stripped
            number = rows.line_num + 1
    except csv.Error as e:
        faults.append(Fault(number, f"The quotes or the characters of this line cannot be read ({e})."))


def _delimiter(text: str) -> str:
    """Return what parts the columns of the first line that says something."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))


def _header(cells: Sequence[str]) -> tuple[int, int] | None:
    """Return in which columns group and user stand, if these are the names of columns."""
    names = [cell.casefold() for cell in cells]
    group = next((n for n, name in enumerate(names) if name in _GROUP), None)
    user = next((n for n, name in enumerate(names) if name in _USER), None)
    return None if group is None or user is None else (group, user)


def _fault(
    number: int, cells: Sequence[str], group: int, user: int, seen: dict[str, tuple[int, str]]
) -> Fault | None:
    shown = ", ".join(cells)[:80]
    if len(cells) <= max(group, user):
        return Fault(number, "A group and a user name are needed, in two columns.", shown)
    for what, name, longest in (
        ("group", cells[group], _LONGEST_GROUP),
        ("user name", cells[user], _LONGEST_USER),
    ):
        if why := why_no_name(name, longest):
            return Fault(number, f"The {what} {why}.", shown)
    if " " in cells[user]:
        return Fault(number, "A user name has no spaces: is this the name of a person?", shown)
    if cells[user] in seen:
        line, other = seen[cells[user]]
        return Fault(number, f"{cells[user]} stands in line {line} already, in group {other}.", shown)
    return None
