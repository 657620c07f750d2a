"""The processes behind grants, as their supervisors have written them down."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from maia_hub import supervise
from maia_hub.core import sessionfile
from maia_hub.core.ids import LeaseId, ServerName, UserName
from maia_hub.core.leases import Lease
from maia_hub.reconcile.ports import Server
from maia_hub.supervise.identity import Identity

_log = logging.getLogger(__name__)

STATE = "state.json"
_STARTS_WITHIN = timedelta(
    minutes=3
)  # after it a lease without a process never gets one: spawns give up earlier


_KEPT = timedelta(days=7)  # for how long the log of a server that has ended is kept


class LocalProcesses:
    """Reads the supervisors' state files under the folder of sessions."""

    def __init__(self, sessions: Path) -> None:
        self._sessions = sessions

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
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        return (
            state["status"] != "ended"
            and Identity(state["pid"], state["start_time"], state["boot_id"]).alive()
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return True  # it cannot be read: nothing is ended on a guess
