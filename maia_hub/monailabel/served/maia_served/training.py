"""Training is asked to save where it is before it is ended: MONAI Label itself would kill it."""

from __future__ import annotations

import signal
import subprocess
from typing import Any

SAVES_WITHIN = 20.0  # seconds


def let_save(utils: Any, task: Any) -> None:
    """Have MONAI Label's own way to stop a task, in ``task``, ask a training first; ``utils`` holds its processes."""
    kills = utils.stop_background_task

    def stop(method: str) -> Any:
        saved = _interrupted(utils, method) if method == "train" else None
        return saved or kills(method)

    task.stop_background_task = stop


def _interrupted(utils: Any, method: str) -> dict[str, Any] | None:
    """Interrupt the one that runs, which then saves; None if there is none, or it goes on all the same."""
    for name, process in list(utils.processes(method).items()):
        [found] = [each for each in utils.tasks(method) if each["id"] == name]
        found["status"] = "STOPPED"
        process.send_signal(signal.SIGINT)
        try:
            process.wait(SAVES_WITHIN)
        except subprocess.TimeoutExpired:
            return None
        return dict(found)
    return None
