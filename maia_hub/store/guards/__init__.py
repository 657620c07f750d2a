"""What the database itself refuses, whoever writes to it: triggers, for each kind of database.

What may be here: rules that must hold even against raw SQL: no overbooking, no lease beyond its booking, one holder
a GPU, events that only grow. What never may: a rule of a site or a project; that is a policy, and core's.
"""

from __future__ import annotations

from sqlalchemy import Connection

from maia_hub.store.guards import postgresql, sqlite
from maia_hub.store.guards.messages import OVERBOOKED

__all__ = ["OVERBOOKED", "install"]

_BY_KIND = {"sqlite": sqlite.install, "postgresql": postgresql.install}


def install(connection: Connection) -> None:
    """Put this version's guards in the place of those that are there, on the tables that are there."""
    _BY_KIND[connection.dialect.name](connection)
