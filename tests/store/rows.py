"""All that a database holds, to be compared."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, MetaData

from maia_hub.store.dialects import dialect_of, parse

Rows = dict[str, list[dict[str, Any]]]


def rows(url: str | URL) -> Rows:
    """Return the rows of every table, as their text, in an order of their own."""
    url = parse(url)
    made = dialect_of(url).engine(url)
    try:
        with made.connect() as connection:
            tables = MetaData()
            tables.reflect(connection)
            return {
                name: sorted((dict(row) for row in connection.execute(table.select()).mappings()), key=repr)
                for name, table in tables.tables.items()
            }
    finally:
        made.dispose()
