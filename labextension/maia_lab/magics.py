"""The ``%gpu`` magic: wiring between IPython and what the commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from IPython.core.magic import Magics, line_magic, magics_class
from IPython.display import display

from maia_hub.client.errands import Errands, Wish
from maia_hub.client.models import BookingModel, State
from maia_hub.client.repeats import (
    DATE_COLUMNS,
    Options,
    Repeat,
    date_rows,
    dates_line,
    repeated,
    series_lines,
)
from maia_hub.client.sync import Client
from maia_hub.client.times import local_zone
from maia_hub.client.wording import (
    COLUMNS,
    booking_row,
    changed_lines,
    done_line,
    error_lines,
    own_session,
    place_line,
    session_lines,
    wish_line,
)
from maia_hub.core.errors import MaiaError, Unavailable
from maia_lab import commandline
from maia_lab.commandline import joined
from maia_lab.display import Report
from maia_lab.gpu.session import current
from maia_lab.gpu.status import status
from maia_lab.workspace import Workspace, not_on_maia


def register(shell: Any) -> None:
    """Add the magic and the completion of its commands to ``shell``."""
    shell.register_magics(GpuMagics)
    shell.set_hook("complete_command", lambda _shell, event: complete(event.line), str_key="%gpu")


def complete(line: str) -> list[str]:
    """Return what may come next after ``line``."""
    words = line.split()
    if len(words) < 2 or (len(words) == 2 and not line.endswith(" ")):
        return list(commandline.COMMANDS)
    options = {
        "book": ["--at", "--product", "--gpus", "--project", "--note", "--wait", "--latest", *_REPEATING],
        "extend": ["--until", "--booking"],
    }
    options["wait"] = ["--product", "--accept", "--leave"]
    return options.get(words[1], [])


_REPEATING = ["--weekly", "--daily", "--rule", "--until", "--times", "--skip", "--partly", "--preview"]


@magics_class
class GpuMagics(Magics):
    """What a user says about GPUs in a cell."""

    @line_magic
    def gpu(self, line: str) -> None:
        """Show what this server holds, book, extend, release: see ``%gpu help``."""
        try:
            words = commandline.parse(line)
            commands: dict[str, Callable[[argparse.Namespace], Report]] = {
                "status": _status,
                "book": _book,
                "extend": _extend,
                "release": _release,
                "keep": _keep,
                "wait": _wait,
                "cancel": _cancel,
                "bookings": _bookings,
                "help": lambda _words: Report([commandline.HELP]),
            }
            report = commands[words.command](words)
        except MaiaError as e:
            report = Report(error_lines(e), error=True)
        display(report)


@contextmanager
def _errands() -> Iterator[Errands]:
    if Workspace.from_environment().service_url is None:
        raise not_on_maia()
    session = current().look()
    with Client() as client:
        yield Errands(client, local_zone(), own_booking=session.booking if session else None)


def _status(_words: argparse.Namespace) -> Report:
    """Ask the service; if it does not answer, the session file still tells what is held."""
    try:
        with _errands() as errands:
            return _state_report(errands.state(), errands)
    except Unavailable as e:
        if current().look() is None:
            raise
        return Report([*status().lines(), *error_lines(e)])


def _state_report(state: State, errands: Errands) -> Report:
    session = own_session(state, Workspace.from_environment().server)
    lines = session_lines(session, state.now, errands.zone) if session else status().lines()
    own = [place for place in state.queue if session and place.server == session.server]
    lines += [place_line(place, state.now, errands.zone) for place in own]
    return _with_bookings(lines, state.bookings, errands, state.now)


def _with_bookings(lines: list[str], found: list[BookingModel], errands: Errands, now: datetime) -> Report:
    rows = [booking_row(booking, now, errands.zone) for booking in found]
    return Report(lines, caption="Your bookings", columns=COLUMNS, rows=rows)


def _bookings(_words: argparse.Namespace) -> Report:
    with _errands() as errands:
        found = errands.bookings(everybody=False, past=False)
        lines = [] if found else ["You have no booking to come.", "Book a GPU: %gpu book 2h"]
        return _with_bookings(lines, found, errands, datetime.now(timezone.utc))


def _book(words: argparse.Namespace) -> Report:
    wish = Wish(
        duration=" ".join(words.duration),
        at=" ".join(words.at),
        product=joined(words.product),
        gpus=words.gpus,
        project=words.project,
        note=" ".join(words.note),
    )
    options = Options(
        weekly=words.weekly,
        daily=words.daily,
        rule=words.rule,
        until=words.until,
        times=words.times,
        skip=words.skip,
        partly=words.partly,
        preview=words.preview,
        waits=bool(words.wait or words.latest),
    )
    repeat = options.repeat()
    with _errands() as errands:
        if repeat is not None:
            return _book_series(errands, wish, repeat, preview=options.preview)
        if options.waits:
            entry = errands.wait_for(wish, joined(words.latest))
            if entry.booking is None:
                line = wish_line(entry, datetime.now(timezone.utc), errands.zone)
                return Report([f"That time is taken. {line}", "It is booked for you when it comes free."])
            booked = entry.booking
        else:
            booked = errands.book(wish)
        start = "When it begins, restart your server with it: Lab and the hub's spawn page offer it then."
        return Report([done_line("Booked", booked, errands.zone), start])


def _book_series(errands: Errands, wish: Wish, repeat: Repeat, *, preview: bool) -> Report:
    request = repeated(errands.request(wish), repeat, errands.zone)
    if not preview:
        return Report(series_lines(errands.client.book_series(request)))
    check = errands.client.check_series(request)
    rows = list(date_rows(check.dates, now=datetime.now(timezone.utc), zone=errands.zone))
    lines = ["Nothing is booked yet: the same without --preview books them."]
    return Report(lines, caption=dates_line(check), columns=DATE_COLUMNS, rows=rows)


def _extend(words: argparse.Namespace) -> Report:
    with _errands() as errands:
        extended = errands.extend(joined(words.by), joined(words.until), words.booking)
        return Report(changed_lines("Extended", extended, errands.zone))


def _release(words: argparse.Namespace) -> Report:
    with _errands() as errands:
        released = errands.release(words.booking)
        after = "Documents are saved, then the server restarts without GPU; the kernels' memory is lost."
        return Report([done_line("Released", released, errands.zone), after])


def _keep(words: argparse.Namespace) -> Report:
    with _errands() as errands:
        return Report([done_line("Kept", errands.keep(words.booking), errands.zone)])


def _cancel(words: argparse.Namespace) -> Report:
    with _errands() as errands:
        return Report([done_line("Cancelled", errands.cancel(words.booking), errands.zone)])


def _wait(words: argparse.Namespace) -> Report:
    server = Workspace.from_environment().server
    with _errands() as errands:
        if words.accept:
            errands.take(server)
            return Report(["Your server restarts with the GPU; what the kernels have in memory is lost."])
        if words.leave:
            left = errands.leave(server)
            return Report([f"You no longer wait for an idle {left.product}."])
        place = errands.wait(joined(words.product), server)
        now = datetime.now(timezone.utc)
        return Report([place_line(place, now, errands.zone), "Take it then: %gpu wait --accept"])
