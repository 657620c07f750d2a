"""The processes behind grants, as their supervisors have written them down."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from maia_hub import supervise
from maia_hub.core import sessionfile
from maia_hub.core.ids import LeaseId, ServerName, UserName
from maia_hub.core.leases import Lease
from maia_hub.reconcile.ports import Server
from maia_hub.supervise import Identity
from maia_hub.supervise.supervisor import GRACE, HOOK_ON_STOP

_log = logging.getLogger(__name__)

STATE = "state.json"
_STARTS_WITHIN = timedelta(minutes=3)
"""After it a lease without a process never gets one: spawns give up earlier."""
_KEPT = timedelta(days=7)
"""For how long the log of a server that has ended is kept."""
_UNREADABLE = (OSError, ValueError, KeyError, TypeError)
_LOOK = 0.1
_ENDS_WITHIN = (HOOK_ON_STOP + GRACE).total_seconds() + 1
"""Seconds after which a supervisor that was asked to end is done."""


class LocalProcesses:
    """Reads the supervisors' state files under the folder of sessions."""

    def __init__(self, sessions: Path) -> None:
        self._sessions = sessions

    def unsure(self, grants: Sequence[LeaseId]) -> Sequence[LeaseId]:
        """Return all of them: nobody tells of a process that dies."""
        return grants

    def gone(self, lease: Lease, now: datetime) -> bool:
        """Tell whether the lease's supervisor was there and is not any more, or never came."""
        runs = _runs(self._sessions / str(lease.id))
        return now - lease.since > _STARTS_WITHIN if runs is None else not runs

    def sweep(self, grant: LeaseId) -> None:
        """End whatever the session has left behind."""
        supervise.sweep(str(grant))

    def tidy(self, servers: Sequence[Server], now: datetime) -> None:
        """End what a newer start of the same server has replaced; forget what ended long ago.

        A hub that is killed in the middle of a start forgets the process, which runs on.
        """
        latest = {(server.user, server.server): server for server in servers}
        for folder in self._sessions.iterdir():
            if _runs(folder):
                self._end_if_replaced(folder, latest)
            elif now.timestamp() - folder.stat().st_mtime > _KEPT.total_seconds():
                shutil.rmtree(folder, ignore_errors=True)

    def end_all(self) -> None:
        """End every session, as at a stop, and kill what has not ended in time."""
        folders = [folder for folder in self._sessions.iterdir() if _runs(folder) is not False]
        running = [identity for identity in map(_supervisor, folders) if identity is not None]
        for identity in running:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(identity.pid, signal.SIGTERM)
        until = time.monotonic() + _ENDS_WITHIN
        while any(identity.alive() for identity in running) and time.monotonic() < until:
            time.sleep(_LOOK)
        for folder in folders:
            supervise.sweep(folder.name)

    def _end_if_replaced(self, folder: Path, latest: Mapping[tuple[UserName, ServerName], Server]) -> None:
        try:
            session = sessionfile.read(folder / sessionfile.NAME)
        except (OSError, ValueError):
            return
        server = latest.get((UserName(session.user), ServerName(session.server)))
        if server is not None and str(server.grant_id) != session.grant and server.since > session.since:
            _log.warning("server %s/%s was replaced and ran on: ended", session.user, session.server)
            supervise.sweep(session.grant)


def _runs(folder: Path) -> bool | None:
    """Tell whether a session's supervisor runs; None if it has not said so yet."""
    try:
        return _written(folder) is not None
    except FileNotFoundError:
        return None
    except _UNREADABLE:
        return True  # nothing is ended on a guess


def _supervisor(folder: Path) -> Identity | None:
    """Return a session's supervisor if it is known to run."""
    try:
        return _written(folder)
    except _UNREADABLE:
        return None


def _written(folder: Path) -> Identity | None:
    """Return it while it runs: one that has written that the session ended is about to end with the server's status."""
    state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    identity = Identity(state["pid"], state["start_time"], state["boot_id"])
    return identity if identity.alive() else None
