"""The GPU session as code in a kernel sees it.

    from maia_lab import gpu

    gpu.status()                                         # what this server holds, and until when
    gpu.time_left()                                      # a timedelta, or None if there is no end
    for batch in gpu.until_end(loader, reserve="3min"):  # stops in time
        ...
    @gpu.before_end("2min")                              # runs by itself, also while a cell runs
    def save_checkpoint(): ...
    with gpu.rehearsal("10s"):                           # try all that out: an end that is none
        train()

All of it reads the session file beside the server and never asks the network. What belongs here: that, and
the server's routes about GPUs (`handlers`). Booking and extending are the magic's and the client's.
"""

from __future__ import annotations

from maia_lab.gpu.ends import before_end
from maia_lab.gpu.loops import UntilEnd, until_end
from maia_lab.gpu.rehearsal import rehearsal
from maia_lab.gpu.session import time_left
from maia_lab.gpu.status import Status, status

__all__ = ["Status", "UntilEnd", "before_end", "rehearsal", "status", "time_left", "until_end"]
