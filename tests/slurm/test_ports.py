"""Ports of the tests' servers: no process gets those of another, nor does a connection."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.platform import ROOT
from tests.ports import BLOCK, FIRST, LAST, Ports

_OTHER = """
import sys
from pathlib import Path
from tests.ports import Ports
ports = Ports(Path(sys.argv[1]))
print(ports.next(), flush=True)
sys.stdin.read()
"""


def test_two_processes_never_get_the_same_port(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OTHER, str(tmp_path)]
    with (
        closing(Ports(tmp_path)) as own,
        subprocess.Popen(command, cwd=ROOT, text=True, stdin=-1, stdout=-1) as other,
    ):
        assert other.stdin
        assert other.stdout
        theirs = int(other.stdout.readline())
        ours = {own.next() for _ in range(3 * BLOCK)}
        assert len(ours) == 3 * BLOCK
        assert all(FIRST <= port < LAST and port // BLOCK != theirs // BLOCK for port in ours)
        other.stdin.close()


def test_a_port_that_a_left_server_has_is_passed_over(tmp_path: Path) -> None:
    with closing(Ports(tmp_path)) as before:
        port = before.next()
    with socket.socket() as server, closing(Ports(tmp_path)) as after:
        server.bind(("127.0.0.1", port))
        assert after.next() > port
