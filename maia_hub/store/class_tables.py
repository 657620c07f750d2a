"""The tables of classes: who teaches, which groups there are, and who is in them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Uuid,
    text,
)

from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

classes = Table(
    "classes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("project", String(63), nullable=False, server_default="default"),
    Column("name", String(63), nullable=False),
    Column("teacher", String(255), nullable=False),
    Column("pool", ForeignKey("pools.id"), nullable=False),
    Column("gpus", Integer, CheckConstraint("gpus > 0", name="gpus"), nullable=False),
    Column("rule", String(200), nullable=False),
    Column("zone", String(63), nullable=False),
    Column("skip", JSON, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("ended", UtcDateTime),
)
Index("ix_classes_project", classes.c.project, classes.c.created)

class_staff = Table(
    "class_staff",
    metadata,
    Column("class", ForeignKey("classes.id"), primary_key=True),
    Column("user", String(255), primary_key=True),
)
Index("ix_class_staff_user", class_staff.c.user)

class_groups = Table(
    "class_groups",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("class", ForeignKey("classes.id"), nullable=False),
    Column("name", String(63), nullable=False),
    Column("removed", UtcDateTime),
)
_THERE = text("removed IS NULL")
Index(
    "uq_class_groups_class_name",
    class_groups.c["class"],
    class_groups.c.name,
    unique=True,
    sqlite_where=_THERE,
    postgresql_where=_THERE,
)

class_members = Table(
    "class_members",
    metadata,
    Column("class", ForeignKey("classes.id"), primary_key=True),
    Column("user", String(255), primary_key=True),
    Column("class_group", ForeignKey("class_groups.id"), nullable=False),
)
Index("ix_class_members_class_group", class_members.c.class_group)
Index("ix_class_members_user", class_members.c.user)
