"""A MONAI Label lasts as long as its session: it stops before the end, and what ran starts again in the next one."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time

from maia_hub.core import sessionfile
from maia_hub.core.errors import MaiaError
from maia_hub.monailabel.state import folders
from maia_lab.gpu.ends import Callbacks
from maia_lab.gpu.session import SessionWatch, current
from maia_lab.monailabel import projecttoken

LEAD = 45.0
"""Seconds before the server is stopped: a training ends after its iteration, and saves."""
_LOOK = 1.0


class Keeper:
    """Looks after the MONAI Labels of one Jupyter server."""

    def __init__(self, log: logging.Logger, watch: SessionWatch) -> None:
        self._log = log
        self._watch = watch

    def rest(self) -> None:
        """Stop those that run; start them again if the end has moved meanwhile."""
        if not folders():
            return
        from maia_hub.monailabel import server  # noqa: PLC0415 - loaded by nothing else that a server does at its start

        session = self._watch.look()
        for name in server.rest():
            self._log.info("maia_lab: MONAI Label %s was stopped: the session ends", name)
        while session and session.until and self._watch.clock() < session.until.timestamp():
            time.sleep(_LOOK)
            now = self._watch.look()
            if now and now.until != session.until:
                self.again()
                return

    def again(self) -> None:
        """Start those that ran when a session ended."""
        projecttoken.renew()
        if not any(not known.stopped for each in folders() if (known := each.known())):
            return
        from maia_hub.monailabel import environment, server  # noqa: PLC0415

        try:
            began = server.again(asyncio.run(environment.prepare()))
        except MaiaError as e:
            began = [e]
        for each in began:
            if isinstance(each, MaiaError):
                self._log.warning("maia_lab: MONAI Label was not started again: %s", each.message)
            else:
                self._log.info("maia_lab: MONAI Label %s was started again", each.name)


def look_after(log: logging.Logger) -> None:
    """Look after them for as long as this process lives; without a session there is nothing to do."""
    if sessionfile.ENV not in os.environ:
        return
    keeper = Keeper(log, current())
    Callbacks(current).add(keeper.rest, LEAD)
    threading.Thread(target=keeper.again, name="maia-monailabel", daemon=True).start()
