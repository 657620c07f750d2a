"""Wishes to book that people keep, in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, select

from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.templates import Template
from maia_hub.store.template_tables import templates
from maia_hub.store.upsert import upsert


@dataclass(frozen=True)
class Templates:
    """The templates of everybody."""

    connection: Connection

    def get(self, template_id: UUID) -> Template | None:
        """Return a template, or None."""
        row = self.connection.execute(select(templates).where(templates.c.id == template_id)).one_or_none()
        return _template_of(row) if row else None

    def of_user(self, user: UserName) -> list[Template]:
        """Return a user's templates by their names."""
        query = select(templates).where(templates.c.user == user).order_by(templates.c.name)
        return [_template_of(row) for row in self.connection.execute(query)]

    def put(self, template: Template) -> None:
        """Write a template, new or changed."""
        values = {
            "user": template.user,
            "name": template.name,
            "pool": template.pool,
            "gpus": template.gpus,
            "seconds": int(template.length.total_seconds()),
            "project": template.project,
            "at": template.at.isoformat() if template.at else None,
            "zone": template.zone,
            "note": template.note,
            "created": template.created,
        }
        upsert(self.connection, templates, {"id": template.id}, values)

    def delete(self, template_id: UUID) -> None:
        """Forget a template."""
        self.connection.execute(delete(templates).where(templates.c.id == template_id))


def _template_of(row: Row[Any]) -> Template:
    return Template(
        id=row.id,
        user=UserName(row.user),
        name=row.name,
        pool=row.pool,
        gpus=row.gpus,
        length=timedelta(seconds=row.seconds),
        project=ProjectId(row.project) if row.project else None,
        at=time.fromisoformat(row.at) if row.at else None,
        zone=row.zone,
        note=row.note,
        created=row.created,
    )
