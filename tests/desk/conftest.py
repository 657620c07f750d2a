"""An office for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from tests.desk.office import Office
from tests.postgres.server import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Return where a database of each kind is, one after the other."""
    if request.param == "sqlite":
        return make_url(f"sqlite:///{tmp_path}/maia.db")
    server: Server = request.getfixturevalue("postgresql")
    return server.database()


@pytest.fixture
def office(where: URL) -> Iterator[Office]:
    made = Office(where)
    yield made
    made.close()
