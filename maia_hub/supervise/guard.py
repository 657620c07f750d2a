"""The supervisor's twin: it waits for the supervisor's death, however it comes, and ends what is left."""

from __future__ import annotations

import os
import select
import signal

from maia_hub.supervise.cgroups import Cgroup
from maia_hub.supervise.processes import kill_until_none, marked


def start_guard(grant: str, cgroup: Cgroup | None) -> int:
    """Fork the guard of this process; return its pid."""
    watched = os.pidfd_open(os.getpid())
    pid = os.fork()
    if pid == 0:
        try:
            _guard(watched, grant, cgroup)
        finally:
            os._exit(0)
    os.close(watched)
    return pid


def _guard(watched: int, grant: str, cgroup: Cgroup | None) -> None:
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    poll = select.poll()
    poll.register(watched, select.POLLIN)
    poll.poll()
    own = os.getpid()

    def left() -> list[int]:
        inside = cgroup.pids() if cgroup else []
        return [pid for pid in {*marked(grant), *inside} if pid != own]

    kill_until_none(left)
    if cgroup is not None:
        cgroup.remove()
