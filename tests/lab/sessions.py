"""Real session files for the tests of the kernel's side."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from maia_hub.core import sessionfile
from maia_hub.core.closing import DEMO, Closing
from maia_hub.core.sessionfile import SessionFile, SessionGpu

GPU = SessionGpu(id="SIM-0", index=0, product="Simulated GPU", memory=24 * 2**30, simulated=True)
START = datetime(2027, 1, 11, 9, 0, tzinfo=timezone.utc)


def booked(until: datetime | None, closing: Closing = DEMO) -> SessionFile:
    """Return a booked session with one GPU until ``until``."""
    session = SessionFile(
        grant="00000000-0000-4000-8000-000000000001",
        kind="booked",
        user="alice",
        server="",
        project="default",
        reason="Your booking.",
        since=START,
        gpus=(GPU,),
        booking="00000000-0000-4000-8000-000000000002",
    )
    if until is None:
        return session
    moments = closing.moments(until)
    return replace(session, until=until, save=moments.save, stop=moments.stop, kill=moments.kill)


def write(path: Path, left: timedelta | None, now: datetime) -> SessionFile:
    """Write a session with ``left`` until its end; return it."""
    session = booked(None if left is None else now + left)
    sessionfile.write(path, session)
    return session


class Hands:
    """A clock that the test moves by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now.timestamp()

    def pass_(self, **length: float) -> None:
        """Let time go by."""
        self.now += timedelta(**length)
