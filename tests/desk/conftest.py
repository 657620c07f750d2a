"""An office for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from tests.desk.office import Office
from tests.postgres.server import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def another(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], URL]:
    """Return what makes databases of each kind, one kind after the other, and says where they are."""
    if request.param == "sqlite":
        numbers = count()
        return lambda: make_url(f"sqlite:///{tmp_path}/maia{next(numbers) or ''}.db")
    server: Server = request.getfixturevalue("postgresql")
    return server.database


@pytest.fixture
def where(another: Callable[[], URL]) -> URL:
    """Return where a database of each kind is, one after the other."""
    return another()


@pytest.fixture
def office(where: URL) -> Iterator[Office]:
    made = Office(where)
    yield made
    made.close()
