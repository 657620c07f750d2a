"""Run the broker: `python -m maia_hub.hpc.broker`; the second one ends at once."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import time
from typing import IO

from maia_hub.hpc.broker import place
from maia_hub.hpc.broker.server import IDLE, Broker

_TRIES = 20


async def _serve() -> None:
    broker = Broker(float(os.environ.get("MAIA_HPC_IDLE", IDLE)))
    loop = asyncio.get_running_loop()
    for end in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(end, broker.stop)
    await broker.serve()


def main() -> None:
    """Serve, if nobody does."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    with place.lock().open("w") as lock:
        if _taken(lock):
            asyncio.run(_serve())


def _taken(lock: IO[str]) -> bool:
    """Take the lock; a client that starts a broker looks at it for a moment, too."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


if __name__ == "__main__":
    main()
