"""Free and taken ports."""

from __future__ import annotations

import socket

import psutil

from maia_hub.core.errors import Conflict

LOOPBACK = "127.0.0.1"


def is_free(ip: str, port: int) -> bool:
    """Tell whether something could listen there now."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError:
            return False
    return True


def need_free(ip: str, port: int) -> None:
    """Raise `Conflict` if the port is taken, naming who has it where the system tells."""
    if is_free(ip, port):
        return
    raise Conflict(
        f"Port {port} is taken{_by_whom(port)}.",
        given=f"{ip or 'all addresses'}, port {port}",
        allowed="an address of this machine with a free port",
        advice="Stop the other program or choose another port with --port.",
    )


def keep_or_choose(wanted: int, avoid: set[int]) -> int:
    """Return ``wanted`` if it is a free port of the loopback address, another one otherwise."""
    if wanted and wanted not in avoid and is_free(LOOPBACK, wanted):
        return wanted
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if port not in avoid:
            return port


def _by_whom(port: int) -> str:
    try:
        listening = (c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN)
        pid = next((c.pid for c in listening if c.laddr and c.laddr.port == port), None)
        return f" by process {pid} ({psutil.Process(pid).name()})" if pid else ""
    except psutil.Error:
        return ""
