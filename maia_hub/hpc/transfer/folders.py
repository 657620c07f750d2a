"""What is sent: also for those who only ask for it, and hold no connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folder:
    """A folder here, what it is called there, and what of it is left out."""

    local: Path
    root: str
    ignore: Sequence[str] = ()
