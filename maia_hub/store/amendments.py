"""What administrators changed of the rules: each change a row, the latest of its kind and project counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from maia_hub.core.amendments import Amendment, Kind
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.projects import Project
from maia_hub.core.rules import Policy
from maia_hub.store.amendment_tables import amendments

LATEST = select(amendments).where(
    amendments.c.id.in_(select(func.max(amendments.c.id)).group_by(amendments.c.kind, amendments.c.project))
)
"""What asks for all that `found_amendments` needs."""
_LENGTHS = frozenset(field.name for field in fields(Policy) if "timedelta" in str(field.type))


@dataclass(frozen=True)
class Amendments:
    """The changes of the whole cluster's rules."""

    connection: Connection

    def latest(self) -> tuple[Amendment, ...]:
        """Return what counts: of each kind and project the latest change."""
        return found_amendments(self.connection.execute(LATEST).all())

    def add(self, amendment: Amendment) -> None:
        """Write a change."""
        values = {
            "kind": amendment.kind.value,
            "project": amendment.project,
            "terms": None if amendment.terms is None else written(amendment.terms),
            "at": amendment.at,
            "by": amendment.by,
            "reason": amendment.reason,
        }
        self.connection.execute(insert(amendments).values(values))


def found_amendments(rows: Sequence[Row[Any]]) -> tuple[Amendment, ...]:
    """Return what counts."""
    return tuple(_amendment_of(row) for row in rows)


def written(terms: Policy | Project) -> dict[str, Any]:
    """Return a policy or quotas as JSON has them: lengths in seconds, no key for what has no limit."""
    found = {field.name: getattr(terms, field.name) for field in fields(terms)}
    return {
        name: value.total_seconds() if isinstance(value, timedelta) else value
        for name, value in found.items()
        if value is not None
    }


def _amendment_of(row: Row[Any]) -> Amendment:
    kind = Kind(row.kind)
    return Amendment(
        id=row.id,
        kind=kind,
        project=ProjectId(row.project),
        terms=None if row.terms is None else _read(kind, row.terms),
        at=row.at,
        by=UserName(row.by),
        reason=row.reason,
    )


def _read(kind: Kind, terms: dict[str, Any]) -> Policy | Project:
    if kind is Kind.QUOTAS:
        products = terms.get("products")
        return Project(**{**terms, "products": None if products is None else tuple(products)})
    values: dict[str, Any] = {n: timedelta(seconds=v) if n in _LENGTHS else v for n, v in terms.items()}
    return Policy(**values)
