"""What this server holds, as a value that prints well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from maia_hub.client.times import local_zone, tell_duration, tell_time
from maia_hub.core.sessionfile import SessionFile
from maia_lab.display import paragraphs
from maia_lab.gpu.session import current
from maia_lab.workspace import NOT_ON_MAIA


@dataclass(frozen=True, slots=True)
class Status:
    """The session at one moment; ``session`` is None outside MAIA Hub. Prints as text and shows as HTML."""

    session: SessionFile | None
    now: datetime

    def lines(self) -> list[str]:
        """Say it in plain words, one fact per line."""
        if self.session is None:
            return [NOT_ON_MAIA]
        return [line for line in (_holding(self.session), self.session.reason, self._end()) if line]

    def _end(self) -> str:
        session = self.session
        if session is None or session.until is None:
            return "This session has no end." if session and session.gpus else ""
        zone, left = local_zone(), session.until - self.now
        told = f"Until {tell_time(session.until, now=self.now, zone=zone)} ({tell_duration(left)} left)."
        if session.save is None:
            return told
        return f"{told} Saving begins at {tell_time(session.save, now=self.now, zone=zone)}."

    def __str__(self) -> str:
        return "\n".join(self.lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return paragraphs(self.lines())


def _holding(session: SessionFile) -> str:
    if not session.gpus:
        return "CPU: this server holds no GPU."
    products: dict[str, int] = {}
    for gpu in session.gpus:
        name = (
            f"{gpu.product} (simulated)" if gpu.simulated and "imulated" not in gpu.product else gpu.product
        )
        products[name] = products.get(name, 0) + 1
    held = ", ".join(f"{count} × {name}" for name, count in products.items())
    return f"{held}, {'lent' if session.kind == 'opportunistic' else 'booked'}."


def status() -> Status:
    """Return what this server holds and until when, read from the session file alone."""
    watch = current()
    return Status(watch.look(), datetime.fromtimestamp(watch.clock(), timezone.utc))
