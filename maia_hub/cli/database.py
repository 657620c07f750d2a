"""For commands of whoever runs the service: they act on the database that its settings name, as an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from maia_hub.core.ids import UserName
from maia_hub.deployed.desk import opened
from maia_hub.deployed.settings import database, load
from maia_hub.desk import Actor, Desk

OPERATOR = Actor(UserName("operator"), admin=True)


@contextmanager
def desk_of(settings: Path, secrets: Path) -> Iterator[tuple[Desk, datetime]]:
    """Yield the desk of an installation, and the time."""
    given = load(settings)
    with opened(given, database(given, secrets)) as desk:
        yield desk, datetime.now(timezone.utc)
