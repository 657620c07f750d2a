"""What the database itself refuses, whoever writes to it: triggers, for each kind of database.

What may be here: rules that must hold even against raw SQL: no overbooking, no lease beyond its booking, one holder
a GPU, events that only grow. What never may: a rule of a site or a project; that is a policy, and core's.
"""

from __future__ import annotations

from sqlalchemy import Connection

from maia_hub.store.guards import postgresql, sqlite
from maia_hub.store.guards.messages import OVERBOOKED

__all__ = ["OVERBOOKED", "install", "remove"]

_INSTALL = {"sqlite": sqlite.install, "postgresql": postgresql.install}
_REMOVE = {"sqlite": sqlite.remove, "postgresql": postgresql.remove}


def install(connection: Connection) -> None:
    """Put this version's guards in the place of those that are there, on the tables that are there."""
    _INSTALL[connection.dialect.name](connection)


def remove(connection: Connection) -> None:
    """Take away all guards, for a migration that takes away what they name, until `install`."""
    _REMOVE[connection.dialect.name](connection)
