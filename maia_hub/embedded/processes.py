"""The processes behind grants, as their supervisors have written them down."""

from __future__ import annotations

import json
import time
from pathlib import Path

from maia_hub import supervise
from maia_hub.core.ids import LeaseId
from maia_hub.supervise.identity import Identity

STATE = "state.json"
_STARTS_WITHIN = (
    180.0  # seconds after which a grant without a process will never have one; spawns give up earlier
)


class LocalProcesses:
    """Reads the supervisors' state files under the folder of sessions."""

    def __init__(self, sessions: Path) -> None:
        self._sessions = sessions

    def gone(self, grant: LeaseId) -> bool:
        """Tell whether the grant's supervisor was there and is not any more, or never came."""
        folder = self._sessions / str(grant)
        try:
            state = json.loads((folder / STATE).read_text(encoding="utf-8"))
            if state["status"] == "ended":
                return True
            return not Identity(state["pid"], state["start_time"], state["boot_id"]).alive()
        except FileNotFoundError:
            return _never_started(folder)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def sweep(self, grant: LeaseId) -> None:
        """End whatever the session has left behind."""
        supervise.sweep(str(grant))


def _never_started(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_ctime > _STARTS_WITHIN
    except FileNotFoundError:
        return True  # no session was ever published: the grant is from before the folder was lost
