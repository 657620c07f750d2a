"""A database of each kind for every test that does not say which one it means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from tests.postgres.server import Server
from tests.store.raw import PostgresqlRaw, Raw, SqliteRaw, postgresql_database, sqlite_database


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest) -> Raw:
    """Both kinds, one after the other."""
    made: Raw = request.getfixturevalue(f"{request.param}_db")
    return made


@pytest.fixture
def sqlite_db(tmp_path: Path) -> SqliteRaw:
    """A file."""
    return sqlite_database(tmp_path)


@pytest.fixture
def postgresql_db(postgresql: Server) -> Iterator[PostgresqlRaw]:
    """A database of the tests' server."""
    made = postgresql_database(postgresql)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Where there are no tables yet."""
    if request.param == "sqlite":
        return make_url(f"sqlite:///{tmp_path}/maia.db")
    server: Server = request.getfixturevalue("postgresql")
    return server.empty()
