"""In the process that trains: asked to end, it ends after the iteration that it is in, and saves its model."""

from __future__ import annotations

import gc
import signal
import sys
from types import FrameType


def install() -> None:
    """Have this process save before it ends when it is interrupted."""
    signal.signal(signal.SIGINT, _finish)


def _finish(number: int, frame: FrameType | None) -> None:
    engine = sys.modules.get("ignite.engine.engine")
    running = [each for each in gc.get_objects() if isinstance(each, engine.Engine)] if engine else []
    if not running:
        raise KeyboardInterrupt
    for each in running:
        each.terminate()
