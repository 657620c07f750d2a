"""Which kernel of this server holds which environment: by digests, so that what is held is not kept here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maia_lab.tools.door import Environment

Changed = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Held:
    """What a kernel got when it started; ``why`` says why that was nothing."""

    since: datetime
    digest: str = ""
    why: str = ""


class Holdings:
    """What the kernels of this server hold, and what they would get now."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self._now = ""
        self._listeners: set[Changed] = set()
        self.names: list[str] = []
        self.why = ""

    def given(self, kernel: str, environment: Environment) -> None:
        """Note what a kernel has got, which is what there is now."""
        self._held[kernel] = Held(datetime.now(timezone.utc), _digest(environment))
        self.is_now(environment)

    def without(self, kernel: str, why: str) -> None:
        """Note that a kernel has started without."""
        self._held[kernel] = Held(datetime.now(timezone.utc), why=why)
        self._tell()

    def is_now(self, environment: Environment) -> None:
        """Note what a kernel would get now."""
        self._now, self.names, self.why = _digest(environment), environment.names, ""
        self._tell()

    def unknown(self, why: str) -> None:
        """Note why a kernel would get nothing now; what others hold is not the worse for it."""
        if why != self.why:
            self.why = why
            self._tell()

    def gone(self, kernel: str) -> None:
        """Note that a kernel is no more."""
        if self._held.pop(kernel, None):
            self._tell()

    def view(self) -> dict[str, Any]:
        """Return what the panel tells of it."""
        return {
            "names": self.names,
            "why": self.why,
            "behind": [
                {"id": kernel, "since": held.since.isoformat(), "why": held.why}
                for kernel, held in self._held.items()
                if held.digest != self._now or held.why
            ],
        }

    def listen(self, changed: Changed) -> None:
        """Call this when anything changes."""
        self._listeners.add(changed)

    def forget(self, changed: Changed) -> None:
        """Call it no longer."""
        self._listeners.discard(changed)

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()


def _digest(environment: Environment) -> str:
    return hashlib.sha256(json.dumps(sorted(environment.values.items())).encode()).hexdigest()


HOLDINGS = Holdings()
"""Those of this process: a server is one."""
