"""The small file in which a running server finds what it holds and until when.

The service writes it anew, atomically, whenever the end moves; the supervisor and the kernels read it. It is
the local twin of a pod's annotation read through the downward API. The environment variable `ENV` holds its
path.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

ENV = "MAIA_SESSION_FILE"
NAME = "grant.json"
MARK = "MAIA_GRANT"
"""The environment variable by which all processes of a grant are known, also once their supervisor is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionGpu:
    """One GPU as the session sees it; ``memory`` in bytes."""

    id: str
    index: int
    product: str
    memory: int
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFile:
    """What one server start holds. ``save``, ``stop``, ``kill`` and ``until`` are None if it has no end."""

    grant: str
    kind: str
    user: str
    server: str
    project: str
    reason: str
    since: datetime
    gpus: tuple[SessionGpu, ...] = ()
    booking: str | None = None
    until: datetime | None = None
    save: datetime | None = None
    stop: datetime | None = None
    kill: datetime | None = None

    def to_json(self) -> str:
        """Return the file's text."""
        return json.dumps(asdict(self), default=datetime.isoformat, indent=1)

    @classmethod
    def from_json(cls, text: str) -> SessionFile:
        """Read the file's text; raise ValueError if it is not one."""
        try:
            raw = json.loads(text)
            raw["since"] = datetime.fromisoformat(raw["since"])
            for key in ("until", "save", "stop", "kill"):
                raw[key] = datetime.fromisoformat(raw[key]) if raw.get(key) else None
            raw["gpus"] = tuple(SessionGpu(**_known(SessionGpu, gpu)) for gpu in raw["gpus"])
            found = cls(**_known(cls, raw))
        except (TypeError, KeyError, AttributeError) as e:
            raise ValueError(f"not a session file: {e}") from e
        found._check_end()
        return found

    def _check_end(self) -> None:
        steps = [self.save, self.stop, self.kill, self.until]
        moments = [step for step in steps if step is not None]
        if len(moments) not in (0, len(steps)):
            raise ValueError("not a session file: an end has save, stop, kill and until, or there is none")
        if any(moment.tzinfo is None for moment in moments):
            raise ValueError("not a session file: a moment without its time zone")


def _known(kind: type, raw: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a newer service writes: running supervisors and kernels must go on reading their end."""
    return {field.name: raw[field.name] for field in fields(kind) if field.name in raw}


def read(path: Path) -> SessionFile:
    """Read the session file at ``path``; OSError or ValueError if there is none that can be read."""
    return SessionFile.from_json(path.read_text(encoding="utf-8"))


def write(path: Path, content: SessionFile) -> None:
    """Write the session file atomically: a reader sees the old or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".grant-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as f:
            f.write(content.to_json())
            f.flush()
            os.fsync(f.fileno())
        os.chmod(temporary, 0o644)  # its reader may be another Unix user; it holds no secret
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
