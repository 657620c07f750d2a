"""The processes behind grants, as their supervisors have written them down."""

from __future__ import annotations

import json
from pathlib import Path

from maia_hub import supervise
from maia_hub.core.ids import LeaseId
from maia_hub.supervise.identity import Identity

STATE = "state.json"


class LocalProcesses:
    """Reads the supervisors' state files under the folder of sessions."""

    def __init__(self, sessions: Path) -> None:
        self._sessions = sessions

    def gone(self, grant: LeaseId) -> bool:
        """Tell whether the grant's supervisor was there and is not any more."""
        try:
            state = json.loads((self._sessions / str(grant) / STATE).read_text(encoding="utf-8"))
            if state["status"] == "ended":
                return True
            return not Identity(state["pid"], state["start_time"], state["boot_id"]).alive()
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def sweep(self, grant: LeaseId) -> None:
        """End whatever the session has left behind."""
        supervise.sweep(str(grant))
