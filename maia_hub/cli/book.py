"""`maia book`: book a GPU in words, once or again and again."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import Annotated

import typer

from maia_hub.cli.output import Json, errands, print_done, print_json, print_lines, print_table
from maia_hub.client.errands import Errands, Wish
from maia_hub.client.repeats import (
    DATE_COLUMNS,
    Options,
    Repeat,
    date_rows,
    dates_line,
    repeated,
    series_lines,
)
from maia_hub.client.times import DURATIONS, TIMES
from maia_hub.client.wording import wish_line

app = typer.Typer(add_completion=False)


Duration = Annotated[str, typer.Argument(help=f"How long: {DURATIONS}.")]
At = Annotated[str, typer.Option(help=f"When: now, or {TIMES}.")]
Product = Annotated[str | None, typer.Option(help="Which GPU: a part of its name. See: maia gpus")]
Gpus = Annotated[int, typer.Option(help="How many, all on one node.")]
Project = Annotated[
    str | None, typer.Option(help="The project it is for, if you are in several. See: maia projects")
]
Note = Annotated[str, typer.Option(help="A word to yourself; administrators see it too.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="If that time is taken, wait until it comes free. See: maia waitlist")
]
Latest = Annotated[str | None, typer.Option(help="With --wait: it may begin until then, at the latest.")]
Zone = Annotated[str | None, typer.Option(help="The time zone of what you say, such as Europe/Stockholm.")]
Weekly = Annotated[bool, typer.Option("--weekly", help="Every week at that time.")]
Daily = Annotated[bool, typer.Option("--daily", help="Every day at that time.")]
Rule = Annotated[
    str | None,
    typer.Option(help="Repeat by an RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=TU,TH;COUNT=9."),
]
Until = Annotated[str | None, typer.Option(help="Repeat until this day, such as 2027-06-30.")]
Times = Annotated[int | None, typer.Option(help="Repeat so many times.")]
Skip = Annotated[list[str] | None, typer.Option(help="A day to leave out; may be given again.")]
Partly = Annotated[
    bool, typer.Option("--partly", help="Book the dates that are free; otherwise all or none.")
]
Preview = Annotated[bool, typer.Option("--preview", help="Only say of every date whether it is free.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before a series is booked.")]


@app.command()
def book(  # noqa: PLR0913 - one for each option
    duration: Duration,
    *,
    at: At = "now",
    product: Product = None,
    gpus: Gpus = 1,
    project: Project = None,
    note: Note = "",
    wait: Wait = False,
    latest: Latest = None,
    zone: Zone = None,
    weekly: Weekly = False,
    daily: Daily = False,
    rule: Rule = None,
    until: Until = None,
    times: Times = None,
    skip: Skip = None,
    partly: Partly = False,
    preview: Preview = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Book a GPU, say: maia book 2h --product A6000 --at "tomorrow 9:00"

    Or every week: maia book 4h --at "tuesday 13:00" --weekly --until 2027-06-30
    """
    wish = Wish(duration=duration, at=at, product=product, gpus=gpus, project=project, note=note)
    options = Options(
        weekly=weekly,
        daily=daily,
        rule=rule,
        until=until,
        times=times,
        skip=skip or (),
        partly=partly,
        preview=preview,
        waits=wait or latest is not None,
    )
    repeat = options.repeat()
    with errands(zone) as run:
        if options.waits:
            _wait_for(run, wish, latest, json=json)
        elif repeat is None:
            print_done("Booked", run.book(wish), run.zone, json=json)
        else:
            _book_series(run, wish, repeat, preview=preview, ask=not (yes or json), json=json)


def _wait_for(run: Errands, wish: Wish, latest: str | None, *, json: bool) -> None:
    entry = run.wait_for(wish, latest)
    if entry.booking is not None:
        print_done("Booked", entry.booking, run.zone, json=json)
    elif json:
        print_json(entry)
    else:
        line = wish_line(entry, datetime.now(timezone.utc), run.zone)
        print_lines([f"That time is taken. {line}", "See it, or wait no longer: maia waitlist"])


def _book_series(run: Errands, wish: Wish, repeat: Repeat, *, preview: bool, ask: bool, json: bool) -> None:
    request = repeated(run.request(wish), repeat, run.zone)
    asks = ask and sys.stdin.isatty()
    if preview or asks:
        check = run.client.check_series(request)
        if json:
            print_json(check)
        else:
            now = datetime.now(timezone.utc)
            rows = date_rows(check.dates, now=now, zone=run.zone)
            print_table(dates_line(check), DATE_COLUMNS, rows)
    if preview:
        return
    if asks:
        typer.confirm("Book them?", abort=True, err=True)
    made = run.client.book_series(request)
    if json:
        print_json(made)
    else:
        print_lines(series_lines(made))
