"""The connection to the database, and one transaction of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from maia_hub.core.errors import Conflict, Overbooked, Unavailable
from maia_hub.store import guards
from maia_hub.store.bookings import Bookings
from maia_hub.store.events import Events
from maia_hub.store.inventory import Inventory
from maia_hub.store.leases import Leases
from maia_hub.store.notices import Notices
from maia_hub.store.servers import Servers
from maia_hub.store.web_sessions import WebSessions

BUSY_TIMEOUT = 10.0
"""Seconds a writer waits for another one."""


@dataclass(frozen=True)
class Transaction:
    """The repositories of one transaction."""

    connection: Connection

    @cached_property
    def inventory(self) -> Inventory:
        """Pools, nodes, GPUs, outages."""
        return Inventory(self.connection)

    @cached_property
    def bookings(self) -> Bookings:
        """Bookings."""
        return Bookings(self.connection)

    @cached_property
    def leases(self) -> Leases:
        """Leases."""
        return Leases(self.connection)

    @cached_property
    def servers(self) -> Servers:
        """What each server was given, and what comes next for it."""
        return Servers(self.connection)

    @cached_property
    def notices(self) -> Notices:
        """Messages to users."""
        return Notices(self.connection)

    @cached_property
    def events(self) -> Events:
        """The append-only record of every decision."""
        return Events(self.connection)

    @cached_property
    def web_sessions(self) -> WebSessions:
        """Sign-ins of browsers."""
        return WebSessions(self.connection)


class Store:
    """A database whose tables are as this version expects them (see `maia_hub.store.schema`)."""

    def __init__(self, url: str) -> None:
        self._engine = engine(url)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that sees one moment of the database and writes nothing."""
        with _translated(), self._engine.begin() as connection:
            yield Transaction(connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open the one transaction that may write now; commit at the end, undo all on an error."""
        with (
            _translated(),
            self._engine.connect().execution_options(maia_write=True) as connection,
            connection.begin(),
        ):
            yield Transaction(connection)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def engine(url: str) -> Engine:
    """Return an engine with the settings that correctness rests on."""
    made = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
        max_overflow=-1,  # a thread waits for its turn to write, never for a connection
    )
    event.listen(made, "connect", _on_connect)
    event.listen(made, "begin", _on_begin)
    return made


def _on_connect(connection: Any, _record: ConnectionPoolEntry) -> None:
    # Transactions begin where `_on_begin` says, not where the driver guesses.
    connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("maia_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the database refuses into the domain's errors."""
    try:
        yield
    except IntegrityError as e:
        said = str(e.orig)
        if guards.OVERBOOKED in said:
            raise Overbooked("The GPUs are taken.", advice="Choose another time, or fewer GPUs.") from e
        raise Conflict("The database refused this, for it contradicts what is already there.") from e
    except DatabaseError as e:
        raise Unavailable(
            "The booking database cannot be used at the moment.",
            advice="Nothing was changed. Try again; tell the administrator if it stays so "
            "(is the disk full, or the data folder read-only?).",
        ) from e
