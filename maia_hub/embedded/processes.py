"""The processes behind grants, as their supervisors have written them down."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from maia_hub import supervise
from maia_hub.core.ids import LeaseId
from maia_hub.core.leases import Lease
from maia_hub.supervise.identity import Identity

STATE = "state.json"
_STARTS_WITHIN = timedelta(
    minutes=3
)  # after it a lease without a process never gets one: spawns give up earlier


class LocalProcesses:
    """Reads the supervisors' state files under the folder of sessions."""

    def __init__(self, sessions: Path) -> None:
        self._sessions = sessions

    def gone(self, lease: Lease, now: datetime) -> bool:
        """Tell whether the lease's supervisor was there and is not any more, or never came."""
        try:
            state = json.loads((self._sessions / str(lease.id) / STATE).read_text(encoding="utf-8"))
            if state["status"] == "ended":
                return True
            return not Identity(state["pid"], state["start_time"], state["boot_id"]).alive()
        except FileNotFoundError:
            return now - lease.since > _STARTS_WITHIN
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def sweep(self, grant: LeaseId) -> None:
        """End whatever the session has left behind."""
        supervise.sweep(str(grant))
