"""Free ports of loopback."""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping

LOOPBACK = "127.0.0.1"


def choose(names: Collection[str], kept: Mapping[str, int]) -> dict[str, int]:
    """Return a free port for each name: the one that it had, if it still is free.

    None is held: who starts something on one must be ready for it to be taken meanwhile.
    """
    chosen: dict[str, int] = {}
    held: list[socket.socket] = []
    try:
        for name in names:
            probe = _bound(kept.get(name, 0)) or _bound(0)
            if probe is None:
                raise OSError("there is no free port")
            held.append(probe)
            chosen[name] = probe.getsockname()[1]
    finally:
        for probe in held:
            probe.close()
    return chosen


def _bound(port: int) -> socket.socket | None:
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((LOOPBACK, port))
    except OSError:
        probe.close()
        return None
    return probe
