"""From the request to a ready server on a cluster, against stock KubeSpawner: ``python -m tests.bench.kube_spawn``.

``value``: the median number of seconds for a server of `MaiaSpawner` with a booked GPU: the grant, the pod made as
granted, the supervisor. Stock KubeSpawner starts the same image with the same GPU request on the same cluster, by
turns in the same run; which of them is first alternates.
"""

from __future__ import annotations

import argparse
import statistics

from tests.bench.clusters import OURS, STOCK, Timed, ground, has_gpu, stock_site
from tests.bench.report import report

RUNS = 20


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"how many starts of each to measure [{RUNS}]")
    runs = parser.parse_args().runs
    seconds: dict[str, list[float]] = {OURS: [], STOCK: []}
    with ground() as (kube, site, folder), stock_site(kube, site, folder) as stock:
        site.book(OURS, 3600)
        servers = {OURS: Timed(site, OURS), STOCK: Timed(stock, STOCK)}
        for run in range(-1, runs):  # the first turn warms the caches and does not count
            for user in (OURS, STOCK) if run % 2 else (STOCK, OURS):
                took = servers[user].start("booked" if user == OURS else None)
                assert has_gpu(site, user), "it was to have its GPU"
                servers[user].stop()
                if run >= 0:
                    seconds[user].append(took)
    ours, peer = seconds[OURS], seconds[STOCK]
    report(
        "kube_spawn",
        value=statistics.median(ours),
        unit="s",
        against="stock KubeSpawner with the same GPU request",
        ratio=statistics.median(ours) / statistics.median(peer),
        n=runs,
        stock=statistics.median(peer),
        slowest=max(ours),
        slowest_stock=max(peer),
    )


if __name__ == "__main__":
    main()
