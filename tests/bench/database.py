"""A booking at the desk on PostgreSQL against the same on SQLite, both so that a power cut loses nothing.

`value` and `ratio` are of one writer; the further keys are bookings a second with eight.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from maia_hub.core.ids import UserName
from maia_hub.desk import Actor
from tests.bench.report import report
from tests.desk.office import Office, gpus
from tests.postgres.server import running

N = 200
WRITERS = 8
EACH = 25


def book(office: Office, user: str, n: int) -> float:
    """Book one GPU for an hour; return the seconds that took."""
    began = time.perf_counter()
    office.book(Actor(UserName(user)), 60 * n, 60 * n + 60)
    return time.perf_counter() - began


def rate(office: Office) -> float:
    """Return bookings a second with several writers at once."""
    began = time.perf_counter()

    def write(name: int) -> None:
        for n in range(EACH):
            book(office, f"writer{name}", N + n)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(office.desk.bookings(Actor(UserName("x")), office.now)) == N + WRITERS * EACH
    return WRITERS * EACH / (time.perf_counter() - began)


def main() -> None:
    """Book on both by turns, and print one line."""
    with tempfile.TemporaryDirectory() as folder, running(durable=True) as server:
        on = {
            "postgresql": Office(server.database(), found=gpus(nodes=4, each=8)),
            "sqlite": Office(Path(folder), found=gpus(nodes=4, each=8)),
        }
        took: dict[str, list[float]] = {name: [] for name in on}
        for n in range(N):
            for name, office in on.items():
                took[name].append(book(office, "ada", n))
        p50 = {name: median(each) * 1000 for name, each in took.items()}
        rates = {f"{name}_per_second": rate(office) for name, office in on.items()}
        for office in on.values():
            office.close()
    report(
        "database",
        value=p50["postgresql"],
        unit="ms",
        against="the same on SQLite",
        ratio=p50["postgresql"] / p50["sqlite"],
        n=N,
        sqlite=p50["sqlite"],
        writers=WRITERS,
        **rates,
    )


if __name__ == "__main__":
    main()
