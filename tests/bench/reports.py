"""How long a report over a year of a large department takes: ``python -m tests.bench.reports``.

144,000 bookings of 1 or 2 GPUs by 300 people, each in one or two of 20 projects, lie on 480 GPUs of three products;
nine of ten have a lease that held them for most of their time. Asked by all four groupings, and by project alone.
``value``: the slowest of these on either database, in seconds, each the fastest of three. ``ratio``: to the 1.5 s that
are aimed at.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import URL, Insert, insert, text

from maia_hub.core.reports import Days, Group
from maia_hub.store import tables
from tests.bench.report import report
from tests.desk.office import BOSS, Office, gpus
from tests.postgres.server import running

BOOKINGS, NODES, EACH = 144_000, 40, 4
PRODUCTS = ("A6000", "A100", "H100")
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
BEGIN = datetime(2025, 1, 1, tzinfo=timezone.utc)
AIM, REPEATS = 1.5, 3
ASKED = {"all": tuple(Group), "project": (Group.PROJECT,)}
_PART = 20_000  # rows of one statement

Rows = list[dict[str, Any]]


def _id(rng: random.Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def _booking(rng: random.Random, node: str, pool: str, start: datetime, length: timedelta) -> dict[str, Any]:
    user = rng.randrange(300)
    return {
        "id": _id(rng),
        "project": f"project{(user * rng.choice((1, 7))) % 20}",
        "user": f"user{user:03}",
        "pool": pool,
        "node": node,
        "gpus": 2,
        "starts_at": start,
        "ends_at": start + length,
        "state": "ended",
        "cause": "expired",
        "ended_at": start + length,
        "created": start - timedelta(days=1),
        "note": "",
    }


def _lease(rng: random.Random, booking: dict[str, Any]) -> dict[str, Any]:
    shared = {key: booking[key] for key in ("project", "user", "pool", "node")}
    length = booking["ends_at"] - booking["starts_at"]
    return {
        **shared,
        "id": _id(rng),
        "kind": "booked",
        "server": "",
        "booking": booking["id"],
        "since": booking["starts_at"] + rng.random() * 0.2 * length,
        "until": booking["ends_at"],
        "released": booking["ends_at"] - rng.random() * 0.2 * length,
        "ended_by": "stopped",
    }


def written(count: int) -> Iterator[tuple[Insert, Rows]]:
    """Yield what is to be written: each pair of GPUs is booked again and again, all over the year."""
    rng = random.Random(1)
    pairs = [
        (f"{product.lower()}-{node}", product, n)
        for product in PRODUCTS
        for node in range(NODES)
        for n in range(0, EACH, 2)
    ]
    each, booked, held, devices = count // len(pairs), [], [], []
    step = timedelta(days=365) / each
    for node, product, n in pairs:
        for k in range(each):
            booking = _booking(rng, node, product.lower(), BEGIN + k * step, step * rng.uniform(0.3, 0.99))
            booking["gpus"] = rng.randint(1, 2)
            booked.append(booking)
            if rng.random() < 0.9:
                lease = _lease(rng, booking)
                held.append(lease)
                for gpu in range(booking["gpus"]):
                    devices.append(
                        {
                            "lease": lease["id"],
                            "gpu": f"{product}-{node.split('-')[1]}-{n + gpu}",
                            "live": False,
                        }
                    )
    for table, rows in ((tables.bookings, booked), (tables.leases, held), (tables.lease_gpus, devices)):
        for first in range(0, len(rows), _PART):
            yield insert(table), rows[first : first + _PART]


def fill(office: Office, count: int, *, shared: bool) -> None:
    """Write it all, past the guards, which would look at each row on PostgreSQL for minutes."""
    written_to = ("bookings", "leases", "lease_gpus") if shared else ()
    with office.store.write() as tx:
        for table in written_to:
            tx.connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement, rows in written(count):
            tx.connection.execute(statement, rows)
        for table in written_to:
            tx.connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def seconds(office: Office, by: tuple[Group, ...]) -> tuple[float, int]:
    """Return how long one report takes, and how many lines it has."""
    best, lines = float("inf"), 0
    for _ in range(REPEATS):
        began = time.perf_counter()
        lines = len(office.desk.report(BOSS, Days(FIRST, LAST), by, office.now).lines)
        best = min(best, time.perf_counter() - began)
    return best, lines


def main() -> None:
    """Write the year to both databases, ask for both reports, and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bookings", type=int, default=BOOKINGS, help=f"how many [{BOOKINGS}]")
    count = parser.parse_args().bookings
    found = [gpu for product in PRODUCTS for gpu in gpus(NODES, EACH, product)]
    extras: dict[str, float] = {"bookings": count}
    with tempfile.TemporaryDirectory() as folder, running() as server:
        places: dict[str, URL | Path] = {"sqlite": Path(folder), "postgresql": server.database()}
        for name, where in places.items():
            office = Office(where, found=found)
            fill(office, count, shared=name == "postgresql")
            for what, by in ASKED.items():
                extras[f"{name}_{what}_s"], extras[f"{what}_lines"] = seconds(office, by)
            office.close()
    worst = max(value for key, value in extras.items() if key.endswith("_s"))
    report(
        "reports",
        value=worst,
        unit="s",
        against="the 1.5 s aimed at",
        ratio=worst / AIM,
        n=REPEATS * 4,
        **extras,
    )


if __name__ == "__main__":
    main()
