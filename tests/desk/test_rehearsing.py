"""Previews: they say what booking would do, and let everybody else book meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL

from maia_hub.core.errors import MaiaError
from maia_hub.core.ids import PoolId
from maia_hub.core.policy import Policy
from maia_hub.core.series import Occurrence
from maia_hub.desk import Repeated, classes, courses, recurrence, series
from tests.desk.office import ADA, BEN, Office, gpus
from tests.desk.test_classes import TOM, wish

HOUR, DAY = 60, 24 * 60
STRICT = Policy(name="strict", max_bookings=14, cooldown=timedelta(hours=1), horizon=timedelta(days=40))


def daily(office: Office, count: int, start: float = HOUR, gpus: int = 1) -> Repeated:
    """Return the wish for two hours a day."""
    asked = office.asked(start, start + 2 * HOUR, gpus)
    return Repeated(asked=asked, rule=f"FREQ=DAILY;COUNT={count}", zone="UTC", partly=True)


def meanwhile(do: Callable[[], object], dates: Callable[..., list[Occurrence]]) -> Callable[..., object]:
    """Return dates in the midst of which something is done."""

    def yielding(*given: object) -> Iterator[Occurrence]:
        for number, each in enumerate(dates(*given)):
            if number == 2:
                do()
            yield each

    return yielding


def test_a_booking_goes_through_in_the_midst_of_the_preview_of_a_series(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    others: list[object] = []

    def book() -> None:
        others.append(office.book(BEN, 4 * DAY + HOUR, 4 * DAY + 2 * HOUR, gpus=2))

    monkeypatch.setattr(series, "dates", meanwhile(book, recurrence.dates))
    seen = office.desk.check_series(ADA, daily(office, 5), office.now)
    assert others, "nobody booked"
    assert [each.error is None for each in seen] == [True] * 5, "it tells of one moment"
    monkeypatch.undo()
    seen = office.desk.check_series(ADA, daily(office, 5), office.now)
    assert [each.error is None for each in seen] == [True] * 4 + [False]


def test_a_booking_goes_through_in_the_midst_of_the_preview_of_a_class(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def tried(*given: object) -> object:
        made.append(office.book(BEN, 0, 30))
        return courses.tried_class(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(classes, "tried_class", tried)
    pool = office.desk.pools(office.now)[0].id
    found = office.desk.check_class(TOM, wish(office, pool=pool), office.now)
    assert made, "nobody booked"
    assert all(each.error is None for each in found.dates)
    assert office.desk.classes(TOM, office.now) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_preview_says_what_becomes_of_every_date_whatever_is_booked(where: URL, seed: int) -> None:
    chance = random.Random(seed)
    policy = STRICT if seed % 2 else Policy(name="free")
    office = Office(where, policy=policy, found=[*gpus(nodes=2, each=3), *gpus(product="H100")])
    for _ in range(40):
        start = chance.randrange(0, 12 * DAY, 30)
        with suppress(MaiaError):
            office.book(
                chance.choice([ADA, BEN, BEN]),
                start,
                start + chance.randrange(30, 600, 30),
                chance.randint(1, 3),
                "a6000",
            )
    office.go(days=chance.random() * 2)
    first = (office.now - office.after()) / timedelta(minutes=1)
    asked = daily(office, 10, first + HOUR, gpus=chance.randint(1, 2))
    pool = next(pool.id for pool in office.desk.pools(office.now) if pool.largest_node == 3)
    asked = replace(asked, asked=replace(asked.asked, pool=PoolId(pool)))
    seen = office.desk.check_series(ADA, asked, office.now)
    if all(each.error for each in seen):
        pytest.fail("nothing is free: that tries nothing")
    view = office.desk.book_series(ADA, asked, office.now)
    assert [(b.interval, b.node) for b in view.bookings] == [
        (each.booking.interval, each.booking.node) for each in seen if each.booking
    ]
    assert [str(each.error) for each in view.missing] == [str(each.error) for each in seen if each.error]
    office.close()


def test_who_lent_a_gpu_is_told_nothing_by_a_preview(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.start(ADA, "idle:a6000")
    office.start(BEN, "idle:a6000")
    before = len(office.events)
    with office.store.read() as tx:
        lent = tx.leases.lent()
    office.desk.check_series(ADA, daily(office, 3, start=1, gpus=2), office.now)
    with office.store.read() as tx:
        assert tx.leases.lent() == lent
    assert len(office.events) == before
    office.close()
