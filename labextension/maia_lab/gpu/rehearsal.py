"""An end that is none, to try out whether one's own code would be ready for a real one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

from maia_hub.core import sessionfile
from maia_hub.core.closing import Closing
from maia_hub.core.sessionfile import SessionFile
from maia_lab.gpu.lengths import Length, seconds


@contextmanager
def rehearsal(
    length: str | timedelta | None = "10s", *, saving: str | timedelta = "1s", drain: str | timedelta = "1s"
) -> Iterator[SessionFile]:
    """Let this kernel believe that its session ends in ``length`` (None: never), and nobody else.

    Inside, `time_left`, `until_end` and `before_end` follow the rehearsed end: saving would begin ``saving``
    plus ``drain`` before it, and the server would be stopped ``drain`` before it. Nothing is stopped and no
    GPU is lost.
    """
    session = _session(length, Closing(saving=_span(saving), drain=_span(drain)))
    before = os.environ.get(sessionfile.ENV)
    with TemporaryDirectory(prefix="maia-rehearsal-") as folder:
        path = Path(folder) / sessionfile.NAME
        sessionfile.write(path, session)
        os.environ[sessionfile.ENV] = str(path)
        try:
            yield session
        finally:
            if before is None:
                del os.environ[sessionfile.ENV]
            else:
                os.environ[sessionfile.ENV] = before


def _session(length: Length | None, closing: Closing) -> SessionFile:
    now = datetime.fromtimestamp(time.time(), timezone.utc)
    endless = SessionFile(
        grant="rehearsal",
        kind="cpu",
        user=os.environ.get("JUPYTERHUB_USER", ""),
        server=os.environ.get("MAIA_SERVER", ""),
        project=os.environ.get("MAIA_PROJECT", "default"),
        reason="A rehearsal: this end is none, and nothing is stopped.",
        since=now,
    )
    if length is None:
        return endless
    ends = closing.moments(now + _span(length))
    return replace(endless, until=ends.end, save=ends.save, stop=ends.stop, kill=ends.kill)


def _span(length: Length) -> timedelta:
    return timedelta(seconds=seconds(length))
