"""From the request to a ready server, ours against the stock local spawner: ``python -m tests.bench.local_spawn``.

``value``: the median number of seconds for a server of `MaiaLocalSpawner` with a booked GPU: grant, session file and
supervisor included. The stock spawner starts the same server from the same environment, by turns in the same run.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import httpx

from tests.bench.report import report
from tests.platform import Platform
from tests.stockhub import StockHub

RUNS = 15
USER = "alice"


class Ours:
    """Starts and stops a server on the platform, looking at the hub as often as at the stock one."""

    def __init__(self, platform: Platform) -> None:
        headers = {"Authorization": f"token {platform.token(USER)}"}
        self._server = f"{platform.url}/hub/api/users/{USER}/server"
        self._http = httpx.Client(headers=headers, timeout=60, trust_env=False)

    def start(self) -> float:
        """Start the server; return the seconds until it was ready."""
        began = time.perf_counter()
        self._http.post(self._server, json={"user_options": {"maia_choice": "booked"}}).raise_for_status()
        while not self._http.get(self._server).json().get("ready"):
            time.sleep(0.02)
        return time.perf_counter() - began

    def stop(self) -> None:
        """Stop the server and wait until it is gone."""
        self._http.delete(self._server).raise_for_status()
        while not self._http.get(self._server).json().get("stopped"):
            time.sleep(0.05)


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"how many starts of each to measure [{RUNS}]")
    runs = parser.parse_args().runs
    ours, stock = [], []
    with tempfile.TemporaryDirectory() as folder:
        platform, hub = Platform(Path(folder) / "data"), StockHub(Path(folder))
        try:
            platform.start()
            hub.start()
            platform.book(USER, 3600)
            server = Ours(platform)
            for run in range(-1, runs):  # the first turn warms the caches and does not count
                seconds = server.start()
                assert platform.held(USER), "it was to have its GPU"
                server.stop()
                peer = hub.start_server(USER)
                hub.stop_server(USER)
                if run >= 0:
                    ours.append(seconds)
                    stock.append(peer)
        finally:
            hub.stop()
            platform.stop()
    report(
        "local_spawn",
        value=statistics.median(ours),
        unit="s",
        against="JupyterHub's SimpleLocalProcessSpawner",
        ratio=statistics.median(ours) / statistics.median(stock),
        n=runs,
        stock=statistics.median(stock),
        slowest=max(ours),
        slowest_stock=max(stock),
    )


if __name__ == "__main__":
    main()
