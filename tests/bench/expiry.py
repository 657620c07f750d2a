"""How punctual an end is, and how long the way back to CPU takes: ``python -m tests.bench.expiry``.

``value``: the median number of seconds from the end T of a booking to the moment its server's process is gone
(negative: before T). ``ratio``: from the sent stop to the CPU server being ready, against stop + start of the
stock local spawner, both measured in the same run by turns.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import httpx
import psutil

from tests.bench.report import report
from tests.platform import Platform
from tests.stockhub import StockHub

RUNS = 20
LENGTH = 16.0  # seconds of a booking: the demo rules begin at 10, a server needs a few to start
LOOK = 0.01


def expire(platform: Platform, user: str) -> tuple[float, float]:
    """Let a booking end; return (seconds from T to the process gone, from the sent stop to the CPU server)."""
    booking = platform.book(user, LENGTH)
    platform.start_server(user, choice="booked")
    process = psutil.Process(platform.server_pid(user))
    with httpx.Client(trust_env=False, headers={"Authorization": f"token {platform.token(user)}"}) as hub:

        def look() -> tuple[str | None, bool]:
            found = hub.get(f"{platform.url}/hub/api/users/{user}").json()["servers"].get("", {})
            return found.get("pending"), bool(found.get("ready"))

        while look()[0] != "stop":
            time.sleep(LOOK)
        sent = time.perf_counter()
        while process.is_running():
            time.sleep(LOOK)
        gone = (datetime.now(timezone.utc) - booking.end).total_seconds()
        while not look()[1]:
            time.sleep(LOOK)
        back = time.perf_counter() - sent
    assert platform.environment(user)["CUDA_VISIBLE_DEVICES"] == "", "it came back with a GPU"
    platform.stop_server(user)
    return gone, back


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"how many ends to measure [{RUNS}]")
    runs = parser.parse_args().runs
    late, back, stock = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder) / "data")
        hub = StockHub(Path(folder))
        try:
            platform.start()
            hub.start()
            for _ in range(runs):
                hub.start_server("alice")
                stock.append(hub.stop_server("alice") + hub.start_server("alice"))
                hub.stop_server("alice")
                gone, ready = expire(platform, "alice")
                late.append(gone)
                back.append(ready)
        finally:
            hub.stop()
            platform.stop()
    report(
        "expiry",
        value=statistics.median(late),
        unit="s",
        ratio=statistics.median(back) / statistics.median(stock),
        against="stop and start of the stock local spawner",
        n=runs,
        latest=max(late),
        back=statistics.median(back),
        stock=statistics.median(stock),
    )


if __name__ == "__main__":
    main()
