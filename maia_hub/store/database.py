"""The connection to the database, and one transaction of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import URL, Connection

from maia_hub.store.bookings import Bookings
from maia_hub.store.dialects import dialect_of, parse
from maia_hub.store.events import Events
from maia_hub.store.failures import committing, translated
from maia_hub.store.inventory import Inventory
from maia_hub.store.leases import Leases
from maia_hub.store.notices import Notices
from maia_hub.store.servers import Servers
from maia_hub.store.web_sessions import WebSessions


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

    def __init__(self, url: str | URL) -> None:
        url = parse(url)
        self._dialect = dialect_of(url)
        self._engine = self._dialect.engine(url)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that sees one moment of the database and writes nothing."""
        with (
            translated(self._dialect.ADVICE),
            self._connect(self._dialect.READS) as connection,
            connection.begin(),
        ):
            yield Transaction(connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open the one transaction that may write now; commit at the end, undo all on an error."""
        look_at = self._dialect.ADVICE
        with (
            translated(look_at),
            self._connect(self._dialect.WRITES) as connection,
            connection.begin() as transaction,
        ):
            yield Transaction(connection)
            with committing(look_at):
                transaction.commit()

    def _connect(self, options: dict[str, Any]) -> Connection:
        return self._engine.connect().execution_options(**options)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
