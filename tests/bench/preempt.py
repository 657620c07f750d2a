"""A booked user takes the one GPU from somebody who borrowed it: ``python -m tests.bench.preempt``.

The borrower is warned when the booking is made and does nothing. When it begins its owner starts a server at once:
``value`` is the median number of seconds until that is ready, ``ratio`` to the same start with the GPU free. As at most
sites the borrower's server is asked to end 10 s before; ``short`` and ``short_ratio`` are the same with the 4 s of the
demo rules.
``victim_told``: the median number of seconds from the end of the borrower's pod to the word about it (negative: the
word came first).

After those 4 s the borrower's server comes back on CPU while the other one starts, and each JupyterLab keeps a
processor busy for seconds: on a machine with two of them, which also run the whole cluster, they share. How long the
GPU itself is waited for is told by servers that do nothing but answer, and so need no processor: ``light`` and
``light_ratio`` are the ``short`` measurement with those.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import datetime, timedelta, timezone

from maia_hub.client.models import BookingRequest
from tests.bench.clusters import Ends, Timed, grant_of, ground, has_gpu
from tests.bench.report import report
from tests.deployed.faults import LIGHT
from tests.deployed.site import Site
from tests.platform import eventually

RUNS = 10
AHEAD = timedelta(seconds=25)  # the warning of the demo rules, and a little
DRAIN = 10.0  # seconds, as at most sites
LENGTH = timedelta(seconds=300)
VICTIM, BOOKED = "alice", "bob"


def take(site: Site, ends: Ends) -> tuple[float, float, float]:
    """Take the GPU once; return (seconds to be ready, seconds with the GPU free, seconds until the victim knew)."""
    victim, booked = Timed(site, VICTIM), Timed(site, BOOKED)
    with site.client(VICTIM) as client, site.client(BOOKED) as owner:
        pool = client.state().pools[0].id
        victim.start(f"idle:{pool}")
        assert has_gpu(site, VICTIM), "the GPU was to be lent"
        grant = grant_of(site, VICTIM)
        start = datetime.now(timezone.utc) + AHEAD
        booking = owner.book(BookingRequest(pool=pool, gpus=1, start=start, end=start + LENGTH))
        eventually(
            lambda: [n for n in client.state().notices if n.kind == "preempted"], "it is told", 60, every=0.02
        )
        told = datetime.now(timezone.utc)
        gone = ends.of(grant)
        time.sleep(max(0.0, (start - datetime.now(timezone.utc)).total_seconds()))
        taken = booked.start("booked")
        assert has_gpu(site, BOOKED), "it was to have its GPU"
        victim.until(None, ready=True)
        booked.stop()
        plain = booked.start("booked")
        booked.stop()
        victim.stop()
        owner.release(booking.id)
        for notice in client.state().notices:
            client.dismiss(notice.id)
    return taken, plain, (told - gone).total_seconds()


def measure(runs: int, more: str = "", **settings: object) -> list[tuple[float, ...]]:
    """Take the GPU so often; return each of the three numbers of all times."""
    with ground(1, more, settings) as (kube, site, _), Ends(kube) as ends:
        return list(zip(*(take(site, ends) for _ in range(runs)), strict=True))


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"how often to take the GPU [{RUNS}]")
    runs = parser.parse_args().runs
    taken, plain, told = measure(runs, drain=DRAIN)
    short, short_plain, _ = measure(runs)
    light, light_plain, _ = measure(runs, LIGHT)
    report(
        "preempt",
        value=statistics.median(taken),
        unit="s",
        ratio=statistics.median(taken) / statistics.median(plain),
        against="the same start with the GPU free",
        n=runs,
        plain=statistics.median(plain),
        victim_told=statistics.median(told),
        victim_told_latest=max(told),
        short=statistics.median(short),
        short_ratio=statistics.median(short) / statistics.median(short_plain),
        light=statistics.median(light),
        light_ratio=statistics.median(light) / statistics.median(light_plain),
    )


if __name__ == "__main__":
    main()
