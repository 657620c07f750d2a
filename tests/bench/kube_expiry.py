"""How punctual an end is on a cluster, and how long the way back takes: ``python -m tests.bench.kube_expiry``.

``value``: the median number of seconds from the end T of a session to its GPU being allocatable again, that is to the
end of its pod (negative: before T). ``ratio``: from the sent stop to the CPU server being ready, against stop + start
of the same image by stock KubeSpawner, both in the same run by turns. The end is that of a booking given back: it comes
after the same saving and draining as any other.
"""

from __future__ import annotations

import argparse
import statistics

from tests.bench.clusters import OURS, STOCK, Ends, Timed, grant_of, ground, has_gpu, stock_site
from tests.bench.report import report
from tests.deployed.site import Site

RUNS = 20
LENGTH = 300.0  # seconds that are booked, more than any server needs to start


def expire(site: Site, server: Timed, ends: Ends) -> tuple[float, float]:
    """Let a session end; return (seconds from T to its GPU free, from the sent stop to the CPU server)."""
    booking = site.book(OURS, LENGTH)
    server.start("booked")
    assert has_gpu(site, OURS), "it was to have its GPU"
    grant = grant_of(site, OURS)
    with site.client(OURS) as client:
        ended = client.release(booking.id).ended_at
    assert ended is not None, "its end was to be set"
    sent = server.until("stop")
    gone = (ends.of(grant) - ended).total_seconds()
    back = server.until(None, ready=True) - sent
    assert not has_gpu(site, OURS), "it came back with a GPU"
    server.stop()
    return gone, back


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"how many ends to measure [{RUNS}]")
    runs = parser.parse_args().runs
    late, back, stock = [], [], []
    with ground() as (kube, site, folder), stock_site(kube, site, folder) as peer, Ends(kube) as ends:
        ours, theirs = Timed(site, OURS), Timed(peer, STOCK)
        for _ in range(runs):
            gone, ready = expire(site, ours, ends)
            late.append(gone)
            back.append(ready)
            theirs.start()
            stock.append(theirs.stop() + theirs.start())
            theirs.stop()
    report(
        "kube_expiry",
        value=statistics.median(late),
        unit="s",
        ratio=statistics.median(back) / statistics.median(stock),
        against="stop and start of stock KubeSpawner",
        n=runs,
        latest=max(late),
        back=statistics.median(back),
        stock=statistics.median(stock),
    )


if __name__ == "__main__":
    main()
