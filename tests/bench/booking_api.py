"""Bookings over HTTP: 200 people, a request a second each, nine questions to one booking, on PostgreSQL.

The load is open: every request has its moment, from which its time counts, whatever was answered before. One process
serves, as in a small installation; `value` is how long 99 of 100 bookings took at most, with what a power cut cannot
take back. Afterwards all ask as fast as they are answered: `saturation` is how many a second that are, and the cores
that the service and the database had say which of them is the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from statistics import median
from typing import Any
from uuid import uuid4

import httpx
import psutil
from sqlalchemy import URL

from maia_hub.core.closing import DEMO
from maia_hub.core.ids import UserName
from maia_hub.core.policy import Policy, PolicySet
from maia_hub.desk import Desk, WebSession
from maia_hub.service import xsrf
from maia_hub.service.app import create_app
from maia_hub.service.people import digest
from maia_hub.service.server import make_server
from maia_hub.service.sessions import COOKIE
from maia_hub.service.settings import Limits, ServiceSettings
from maia_hub.store import Store
from tests.bench.report import report
from tests.desk.office import gpus
from tests.platform import eventually
from tests.ports import free_port
from tests.postgres.server import running
from tests.service.conftest import HonestUsage

PEOPLE = 200
SECONDS = 60
NODES, EACH = 16, 8
DAYS = 14
QUESTIONS = 9
"""Availability queries to one booking."""
AIM = 25.0
"""Milliseconds within which 99 of 100 bookings shall be made."""
PREFIX = "/services/maia/api/v1"


def serve(database: str, port: int) -> None:
    """Serve in this process; the sign-ins are fresh for as long as it lasts, so that no hub is asked."""
    with closing(Store(database)) as store:
        settings = ServiceSettings(
            hub_api_url="http://127.0.0.1:9/hub/api",
            api_token="x" * 32,
            spawner_token="y" * 32,
            revalidate=timedelta(hours=1),
            limits=Limits(reading=100_000, writing=100_000),  # they count, and let all pass
        )
        app = create_app(_desk(store), settings, HonestUsage(), _now)
        make_server(app, "127.0.0.1", port).run()


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _desk(store: Store) -> Desk:
    return Desk(store, PolicySet(Policy(name="free")), DEMO, lambda _: None)


def person(number: int) -> str:
    """Return the name of a person, which is her cookie, too."""
    return f"person{number}"


def prepare(url: URL) -> None:
    """Let there be GPUs, and people who are signed in."""
    with closing(Store(url)) as store:
        desk, now = _desk(store), _now()
        desk.sync_inventory(gpus(nodes=NODES, each=EACH), now)
        for name in map(person, range(PEOPLE)):
            desk.sign_ins.put(
                WebSession(
                    digest=digest(name),
                    user=UserName(name),
                    admin=False,
                    groups=(),
                    hub_token="none",
                    created=now,
                    seen=now,
                    expires=now + timedelta(days=1),
                )
            )


@contextmanager
def service(url: URL) -> Iterator[tuple[int, psutil.Process]]:
    """Run the service as a process of its own; yield its port and the process."""
    port = free_port()
    database = url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.bench.booking_api", "--serve", database, str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: _answers(port), "the service answers")
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(20)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/services/maia/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


@dataclass(frozen=True)
class Done:
    """One request: whether it was to book, its status, its seconds from its moment, and what was said if amiss."""

    books: bool
    status: int
    took: float
    amiss: str = ""


class Somebody:
    """A person with one connection, who asks and now and then books."""

    def __init__(self, number: int, port: int) -> None:
        self._number, self._name = number, person(number)
        self._port = port
        self._chance = random.Random(number)
        self.done: list[Done] = []

    async def at(self, moments: Sequence[float]) -> None:
        """Send a request at each of these moments, or as soon after it as the one before is answered."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        for number, moment in enumerate(moments):
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            await self._ask(reader, writer, moment, books=(number + self._number) % (QUESTIONS + 1) == 0)
        writer.close()

    async def until(self, end: float) -> None:
        """Send requests one after the other."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while (now := time.perf_counter()) < end:
            await self._ask(reader, writer, now, books=self._chance.randrange(QUESTIONS + 1) == 0)
        writer.close()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, moment: float, *, books: bool
    ) -> None:
        writer.write(self._request("bookings" if books else "bookings/check"))
        status, said = await _answer(reader)
        took = time.perf_counter() - moment
        amiss = "" if status in (200, 201, 409) else f"{status}: {said.decode()}"
        self.done.append(Done(books, status, took, amiss))

    def _request(self, path: str) -> bytes:
        start = _now() + timedelta(minutes=15 * self._chance.randrange(1, DAYS * 96))
        wish = {
            "product": "A6000",
            "gpus": self._chance.choice((1, 1, 1, 2, 4)),
            "start": start.isoformat(),
            "end": (start + timedelta(hours=self._chance.choice((1, 2, 4, 8)))).isoformat(),
        }
        body = json.dumps(wish).encode()
        head = (
            f"POST {PREFIX}/{path} HTTP/1.1\r\nHost: localhost\r\nCookie: {COOKIE}={self._name}\r\n"
            f"{xsrf.HEADER}: {xsrf.token_for(self._name)}\r\nIdempotency-Key: {uuid4()}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [
        line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    ]
    body = await reader.readexactly(sum(map(int, lengths)))
    return int(head.split(maxsplit=2)[1]), body


async def open_loop(port: int, people: int, seconds: int) -> list[Done]:
    """Let everybody send a request a second, spread evenly over it."""
    begin = time.perf_counter() + 1
    crowd = [Somebody(number, port) for number in range(people)]
    await asyncio.gather(
        *(
            each.at([begin + second + number / people for second in range(seconds)])
            for number, each in enumerate(crowd)
        )
    )
    return [done for each in crowd for done in each.done]


async def closed_loop(port: int, people: int, seconds: int) -> list[Done]:
    """Let everybody ask as fast as the answers come."""
    end = time.perf_counter() + seconds
    crowd = [Somebody(PEOPLE - 1 - number, port) for number in range(people)]
    await asyncio.gather(*(each.until(end) for each in crowd))
    return [done for each in crowd for done in each.done]


class Cores:
    """How many cores a process had since this was made, and if so asked, those that it started."""

    def __init__(self, process: psutil.Process, *, family: bool = False) -> None:
        self._process, self._family = process, family
        self._began, self._had = time.perf_counter(), self._seconds()

    def _seconds(self) -> float:
        own = self._process.cpu_times()
        had: float = own.user + own.system
        if self._family:
            had += own.children_user + own.children_system
            had += sum(each.cpu_times().user + each.cpu_times().system for each in self._process.children())
        return had

    def had(self) -> float:
        """Return the mean."""
        return (self._seconds() - self._had) / (time.perf_counter() - self._began)


def percentile(took: Sequence[float], share: float) -> float:
    """Return the milliseconds within which that share of them lay."""
    return sorted(took)[min(int(len(took) * share), len(took) - 1)] * 1000


def measure(people: int, seconds: int) -> dict[str, Any]:
    """Measure, and return what is to be told."""
    with running(durable=True) as server:
        url = server.database()
        prepare(url)
        database = psutil.Process(server.pid)
        with service(url) as (port, process):
            asyncio.run(closed_loop(port, 8, 3))  # until all that is made once is made
            used = Cores(process)
            done = asyncio.run(open_loop(port, people, seconds))
            cores = used.had()
            serving, storing = Cores(process), Cores(database, family=True)
            asking = Cores(psutil.Process())
            flood = asyncio.run(closed_loop(port, min(people, 32), max(seconds // 4, 3)))
            limits = {"service": serving.had(), "postgresql": storing.had(), "clients": asking.had()}
    books = [each.took for each in done if each.books]
    asks = [each.took for each in done if not each.books]
    wrong = [each.amiss for each in (*done, *flood) if each.amiss]
    for said, times in Counter(wrong).most_common(5):
        print(f"{times} ×", said[:500], file=sys.stderr)
    return {
        "value": percentile(books, 0.99),
        "ratio": percentile(books, 0.99) / AIM,
        "n": len(books),
        "p50": median(books) * 1000,
        "availability_p99": percentile(asks, 0.99),
        "availability_p50": median(asks) * 1000,
        "refused": sum(each.status == 409 for each in done) / len(done),
        "wrong": len(wrong),
        "service_cores": cores,
        "saturation": len(flood) / max(seconds // 4, 3),
        **{f"{name}_cores_at_saturation": had for name, had in limits.items()},
    }


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", nargs=2, metavar=("DATABASE", "PORT"), help=argparse.SUPPRESS)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve[0], int(given.serve[1]))
        return
    report(
        "booking_api",
        unit="ms",
        against=f"the aim of {AIM:g} ms",
        people=given.people,
        **measure(given.people, given.seconds),
    )


if __name__ == "__main__":
    main()
