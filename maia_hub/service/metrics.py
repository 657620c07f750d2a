"""What Prometheus may scrape: numbers alone, no names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from maia_hub.core.rules import RuleName

NO_ROOM = "no-room"
CONTENT_TYPE = "text/plain; version=1.0.0; charset=utf-8"


@dataclass(frozen=True)
class Counts:
    """Bookings by state, all but the ended; GPUs by who holds them; what is wrong, and messages, by kind.

    ``pools`` are GPUs by pool and state, ``waiting`` people by pool and what they wait for; ``expiries`` ends of the
    last hour. ``seconds`` is what the database took to say all this; ``backup`` is the Unix time of the last
    scheduled one.
    """

    bookings: Mapping[str, int]
    gpus: Mapping[str, int]
    alarms: Mapping[str, int]
    letters: Mapping[str, int]
    pools: Mapping[tuple[str, str], int]
    waiting: Mapping[tuple[str, str], int]
    notices: Mapping[str, int]
    expiries: Mapping[str, int]
    seconds: float = 0.0
    backup: float | None = None


class Metrics:
    """The metrics of one app, in a registry of its own."""

    def __init__(self, counts: Callable[[], Counts]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "maia_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self._refusals = Counter(
            "maia_refusals",
            f"Bookings that a rule refused; `{NO_ROOM}`: there was no GPU.",
            ["rule"],
            registry=self._registry,
        )
        # From zero on: Prometheus counts no increase of what it sees for the first time.
        for rule in (*get_args(RuleName), NO_ROOM):
            self._refusals.labels(rule)
        self._limited = Counter(
            "maia_limited", "Requests that were too many, by limit.", ["limit"], registry=self._registry
        )
        self.streams = Gauge("maia_streams", "Open event streams.", registry=self._registry)
        self._registry.register(_Domain(counts))

    def count(self, method: str, route: str, status: int) -> None:
        """Count one request."""
        self._requests.labels(method, route, str(status)).inc()

    def refuse(self, rules: Iterable[str]) -> None:
        """Count that these rules have refused a booking."""
        for rule in rules:
            self._refusals.labels(rule).inc()

    def limit(self, name: str) -> None:
        """Count that a limit has refused a request."""
        self._limited.labels(name).inc()

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Domain(Collector):
    def __init__(self, counts: Callable[[], Counts]) -> None:
        self._counts = counts

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield from self._families(Counts({}, {}, {}, {}, {}, {}, {}, {}))

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._families(self._counts())

    def _families(self, counts: Counts) -> Iterator[GaugeMetricFamily]:
        yield _gauge("maia_bookings", "Bookings that are not over, by state.", "state", counts.bookings)
        yield _gauge("maia_gpus", "GPUs by who holds them.", "holder", counts.gpus)
        help_text = "What an administrator should look at: bookings without a GPU, nodes in trouble."
        yield _gauge("maia_alarms", help_text, "kind", counts.alarms)
        help_text = "E-mail: messages that wait to be sent, addresses that did not take the last one."
        yield _gauge("maia_letters", help_text, "state", counts.letters)
        help_text = "GPUs of a pool: all, booked now, of these idle, lent without a booking, free."
        yield _by_pool("maia_pool_gpus", help_text, "state", counts.pools)
        yield _by_pool("maia_waiting", "People who wait for GPUs of a pool.", "kind", counts.waiting)
        yield _gauge("maia_notices", "Notices that nobody has dismissed.", "kind", counts.notices)
        help_text = "Sessions that came to their end in the last hour: on time, late; and those overdue now."
        yield _gauge("maia_expiries", help_text, "outcome", counts.expiries)
        help_text = "What the database took to answer for these numbers."
        yield GaugeMetricFamily("maia_database_seconds", help_text, value=counts.seconds)
        help_text = "When the last scheduled backup was made, in Unix time; nothing if none was."
        yield GaugeMetricFamily("maia_last_backup_timestamp_seconds", help_text, value=counts.backup)


def _gauge(name: str, help_text: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _by_pool(
    name: str, help_text: str, label: str, values: Mapping[tuple[str, str], int]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_text, labels=["pool", label])
    for key, value in values.items():
        family.add_metric(key, value)
    return family
