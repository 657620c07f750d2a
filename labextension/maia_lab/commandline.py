"""How the line after ``%gpu`` is read: pure, and every mistake is an error that says what to write."""

from __future__ import annotations

import argparse
import shlex
from typing import NoReturn

from maia_hub.core.errors import InvalidInput

HELP = """\
%gpu                                  what this server holds, and your bookings
%gpu book 2h --at "tomorrow 9:00"     book a GPU (--product A6000  --gpus 2  --project vision)
%gpu book 2h --at 14:00 --wait        book it, or wait until it comes free (--latest 18:00); see: maia waitlist
%gpu book 4h --at "tuesday 13:00" --weekly --until 2027-06-30
                                      every week at that time, all dates or none (--daily  --rule RRULE  --times 10
                                      --skip 2027-01-05  --partly: those that are free  --preview: only look)
%gpu extend 1h                        give this booking a later end (or: --until 18:00)
%gpu release                          give the GPU back now; the server goes on without it
%gpu keep                             you are asked whether you need an idle GPU: you do
%gpu wait                             wait for an idle one (--product A6000); then: %gpu wait --accept, or --leave
%gpu cancel 1a2b3c4d                  cancel a booking that has not begun
%gpu bookings                         list your bookings
"""
COMMANDS = ("status", "book", "extend", "release", "keep", "wait", "cancel", "bookings", "help")


class _Parser(argparse.ArgumentParser):
    """Raises instead of leaving the process."""

    def error(self, message: str) -> NoReturn:
        raise InvalidInput(f"%gpu: {message}.", allowed=", ".join(COMMANDS), advice="See: %gpu help")


def _build() -> argparse.ArgumentParser:
    parser = _Parser(prog="%gpu", add_help=False, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", parser_class=_Parser)
    for name in ("status", "bookings", "help"):
        commands.add_parser(name, add_help=False)
    book = commands.add_parser("book", add_help=False, allow_abbrev=False)
    book.add_argument("duration", nargs="+")
    book.add_argument("--at", nargs="+", default=["now"])
    book.add_argument("--product", nargs="+")
    book.add_argument("--gpus", type=int, default=1)
    book.add_argument("--project")
    book.add_argument("--note", nargs="+", default=[])
    book.add_argument("--wait", action="store_true")
    book.add_argument("--latest", nargs="+")
    for flag in ("--weekly", "--daily", "--partly", "--preview"):
        book.add_argument(flag, action="store_true")
    book.add_argument("--rule")
    book.add_argument("--until")
    book.add_argument("--times", type=int)
    book.add_argument("--skip", nargs="+", default=[])
    extend = commands.add_parser("extend", add_help=False, allow_abbrev=False)
    extend.add_argument("by", nargs="*")
    extend.add_argument("--until", nargs="+")
    extend.add_argument("--booking")
    wait = commands.add_parser("wait", add_help=False, allow_abbrev=False)
    wait.add_argument("--product", nargs="+")
    answer = wait.add_mutually_exclusive_group()
    answer.add_argument("--accept", action="store_true")
    answer.add_argument("--leave", action="store_true")
    for name in ("release", "keep", "cancel"):
        commands.add_parser(name, add_help=False, allow_abbrev=False).add_argument("booking", nargs="?")
    return parser


_PARSER = _build()


def parse(line: str) -> argparse.Namespace:
    """Read the line; nothing means status. Words need no quotes: ``--at tomorrow 9:00`` is understood."""
    try:
        words = shlex.split(line)
    except ValueError as e:
        raise InvalidInput(
            f"%gpu: the quotes do not match ({e}).", given=line[:80], advice="Close every quotation mark."
        ) from e
    if words and words[0] in {"-h", "--help", "?"}:
        words[0] = "help"
    if words and words[0] not in COMMANDS:
        raise InvalidInput(
            f"%gpu does not know {words[0][:40]!r}.",
            given=line[:80],
            allowed=", ".join(COMMANDS),
            advice="See: %gpu help",
        )
    return _PARSER.parse_args(words or ["status"])


def joined(words: list[str] | None) -> str | None:
    """Return the words of one value with blanks between; None if it was not given."""
    return " ".join(words) if words else None
