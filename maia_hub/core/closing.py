"""How a GPU session ends: when to warn, to save, to stop and, if nothing else did, to kill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Lengths of the steps before an end T.

    - ``saving``: time for saving documents, callbacks and the user's hook, before the stop.
    - ``drain``: time from the stop to T.
    - ``kill_margin``: what is still alive that long before T is killed.
    - ``warnings``: how long before T to warn.
    - ``grace``: least warning for an opportunistic session.
    - ``handover``: how long the next holder waits for a GPU that is being handed over.
    - ``lend_at_least``: an idle GPU that is booked sooner is not lent.
    - ``offer``: for how long an idle GPU is kept for whoever is first in line, unless she takes it.
    """

    saving: timedelta = timedelta(seconds=30)
    drain: timedelta = timedelta(seconds=10)
    kill_margin: timedelta = timedelta(milliseconds=500)
    warnings: tuple[timedelta, ...] = (timedelta(minutes=30), timedelta(minutes=10), timedelta(minutes=2))
    grace: timedelta = timedelta(minutes=2)
    handover: timedelta = timedelta(seconds=10)
    lend_at_least: timedelta = timedelta(minutes=5)
    offer: timedelta = timedelta(minutes=5)

    def draining(self, drain: timedelta) -> Closing:
        """Return the same steps with another time from the stop to T; the kill and the next holder's wait follow it."""
        return replace(
            self,
            drain=drain,
            kill_margin=min(self.kill_margin, drain / 4),
            handover=max(self.handover, drain),
        )

    def moments(self, end: datetime) -> Moments:
        """Return the moments of the steps towards ``end``."""
        stop = end - self.drain
        return Moments(save=stop - self.saving, stop=stop, kill=end - self.kill_margin, end=end)


@dataclass(frozen=True, slots=True)
class Moments:
    """``save`` <= ``stop`` <= ``kill`` <= ``end``: saving and hooks begin, the stop is sent, the kill, T."""

    save: datetime
    stop: datetime
    kill: datetime
    end: datetime


STANDARD = Closing()
DEMO = Closing(
    saving=timedelta(seconds=4),
    drain=timedelta(seconds=4),
    warnings=(timedelta(seconds=40), timedelta(seconds=20)),
    grace=timedelta(seconds=10),
    lend_at_least=timedelta(seconds=15),
    offer=timedelta(seconds=30),
)
PRESETS = {"classic": STANDARD, "open": STANDARD, "demo": DEMO}
