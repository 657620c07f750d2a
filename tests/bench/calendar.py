"""How long the three questions to a calendar take: ``python -m tests.bench.calendar``.

A million bookings of 1 to 8 GPUs over ten years lie on 1,000 GPUs of 125 nodes, two thirds full; ranges are from
a day to two weeks long. Before each question a booking somewhere is given back and made again. What counts is the
fastest of three answers to the same question, for other programs interrupt this one. ``value``: the worst 99th
percentile of the three questions, in milliseconds. ``ratio``: to the same percentile of a calendar that reads its
list of bookings from end to end, asked some of the same questions; both must give the same answers.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from operator import methodcaller
from typing import Any

from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import Node
from maia_hub.core.ids import NodeId, PoolId
from maia_hub.core.interval import Interval
from tests.bench.report import report
from tests.core.reference import ListCalendar, Taken

BOOKINGS, NODES, EACH = 1_000_000, 125, 8
QUESTIONS, REPEATS, OF_PEER = 1_000, 3, 3
BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)
SPAN = timedelta(days=3650)
DAY = timedelta(days=1)
WEIGHTS = (40, 25, 6, 14, 3, 2, 2, 8)  # of bookings for 1, 2, … 8 GPUs

Question = Callable[[Any], object]


def bookings_of(node: NodeId, count: int, rng: random.Random) -> list[Taken]:
    """Fill a node from left to right: each booking begins when enough GPUs are free and somebody came."""
    busy_until = [0.0] * EACH
    drawn = []
    for gpus in rng.choices(range(1, EACH + 1), WEIGHTS, k=count):
        busy_until.sort()
        start = busy_until[gpus - 1] + rng.expovariate(4.0) * rng.randrange(2)
        end = start + min(rng.lognormvariate(0.0, 1.0), 14.0) + 0.05
        busy_until[:gpus] = [end] * gpus
        drawn.append((start, end, gpus))
    scale = SPAN / timedelta(minutes=1) / max(busy_until)
    return [Taken(_minute(start * scale), _minute(end * scale), node, gpus) for start, end, gpus in drawn]


def questions(rng: random.Random) -> dict[str, list[Question]]:
    """Return questions of each kind over ranges anywhere in the ten years."""
    made: dict[str, list[Question]] = {"fits": [], "next_slot": [], "profile": []}
    for _ in range(QUESTIONS):
        start = BEGIN + rng.random() * (SPAN - 14 * DAY)
        span = Interval(start, start + rng.uniform(1, 14) * DAY)
        gpus = rng.randint(1, EACH)
        made["fits"].append(methodcaller("fits", gpus, span))
        made["next_slot"].append(methodcaller("next_slot", gpus, span.duration, span.start))
        made["profile"].append(methodcaller("profile", span))
    return made


def first_questions() -> list[Question]:
    """Return questions that make a calendar build all it answers from."""
    whole = Interval(BEGIN, BEGIN + SPAN)
    return [methodcaller("profile", whole), *(methodcaller("fits", g + 1, whole) for g in range(EACH))]


def timed(calendar: Calendar | ListCalendar, question: Question) -> tuple[float, object]:
    """Return how many milliseconds an answer took, and the answer."""
    before = time.perf_counter()
    answer = question(calendar)
    return (time.perf_counter() - before) * 1000, answer


def book_again(calendar: Calendar, taken: Taken) -> float:
    """Give a booking back and make it again; return how many milliseconds one of the two took."""
    interval = Interval(taken.start, taken.end)
    before = time.perf_counter()
    calendar.remove(taken.node, interval, taken.gpus)
    calendar.add(taken.node, interval, taken.gpus)
    return (time.perf_counter() - before) * 500


def compare(calendar: Calendar, peer: ListCalendar, asked: list[Question]) -> list[float]:
    """Return how many milliseconds the peer took for each question; its answers must be ours."""
    times = []
    for question in asked:
        taken, answer = timed(peer, question)
        assert answer == question(calendar), "the two calendars differ"
        times.append(taken)
    return times


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bookings", type=int, default=BOOKINGS, help=f"how many [{BOOKINGS}]")
    count = parser.parse_args().bookings
    rng = random.Random(1)
    nodes = [Node(NodeId(f"n{i:03}"), PoolId("p"), EACH) for i in range(NODES)]
    taken = [t for node in nodes for t in bookings_of(node.id, count // NODES, rng)]
    rng.shuffle(taken)
    calendar, peer = Calendar(nodes), ListCalendar(nodes)
    peer.taken += taken
    build = timed(calendar, lambda c: [c.add(t.node, Interval(t.start, t.end), t.gpus) for t in taken])[0]
    first = max(timed(calendar, question)[0] for question in first_questions())
    gc.collect()
    gc.freeze()
    load = sum(((t.end - t.start) * t.gpus for t in taken), timedelta()) / (SPAN * EACH * NODES)
    extras: dict[str, float] = {
        "bookings": len(taken),
        "load": load,
        "build_s": build / 1000,
        "first_ms": first,
    }
    worst, worst_of_peer, changes = 0.0, 0.0, []
    for kind, asked in questions(rng).items():
        times = []
        for question in asked:
            changes.append(book_again(calendar, rng.choice(taken)))
            times.append(min(timed(calendar, question)[0] for _ in range(REPEATS)))
        peers = compare(calendar, peer, asked[:OF_PEER])
        extras |= {
            f"{kind}_p50_ms": p(50, times),
            f"{kind}_p99_ms": p(99, times),
            f"{kind}_peer_ms": p(50, peers),
        }
        worst, worst_of_peer = max(worst, p(99, times)), max(worst_of_peer, *peers)
    extras |= {"change_p50_ms": p(50, changes), "change_p99_ms": p(99, changes)}
    report(
        "calendar",
        value=worst,
        unit="ms",
        ratio=worst / worst_of_peer,
        against="a list of bookings read from end to end",
        n=QUESTIONS * 3,
        range_days="1 to 14",
        best_of=REPEATS,
        **extras,
    )


def p(percent: int, times: list[float]) -> float:
    """Return a percentile."""
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def _minute(minutes: float) -> datetime:
    return BEGIN + timedelta(minutes=round(minutes))


if __name__ == "__main__":
    main()
