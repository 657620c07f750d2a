"""Finds processes that use a GPU they were not given.

On one workstation nobody can be kept from setting ``CUDA_VISIBLE_DEVICES`` himself; it can be seen, and shown
to the administrator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

import psutil

from maia_hub.client.models import ForeignProcess
from maia_hub.core.sessionfile import MARK


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A process that has memory on a device (``memory`` in bytes, None where the driver does not tell)."""

    gpu: str
    pid: int
    memory: int | None


def foreign(
    running: Iterable[GpuProcess],
    holders: Mapping[str, str],
    grant_of: Callable[[int], str | None],
) -> list[ForeignProcess]:
    """Return the processes that do not belong to the grant which holds their GPU.

    ``holders`` maps a GPU to the id of the grant that holds it; ``grant_of`` tells a process's grant by pid.
    """
    strangers = []
    for process in running:
        holder = holders.get(process.gpu)
        if holder is not None and grant_of(process.pid) == holder:
            continue
        described = _describe(process)
        if described is not None:
            strangers.append(described)
    return strangers


def grant_of_process(pid: int) -> str | None:
    """Return the grant under which a process was started: its own environment's, or an ancestor's."""
    try:
        process: psutil.Process | None = psutil.Process(pid)
        while process is not None and process.pid > 1:
            try:
                grant = process.environ().get(MARK)
            except psutil.AccessDenied:
                grant = None
            if grant:
                return str(grant)
            process = process.parent()
    except psutil.Error:
        return None
    return None


def _describe(process: GpuProcess) -> ForeignProcess | None:
    try:
        known = psutil.Process(process.pid)
        user, since = known.username(), datetime.fromtimestamp(known.create_time(), timezone.utc)
    except psutil.NoSuchProcess:
        return None
    return ForeignProcess(
        gpu=process.gpu, pid=process.pid, unix_user=user, memory=process.memory, since=since
    )
