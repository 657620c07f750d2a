"""classes."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add classes with their staff, groups and students, and what is booked for a group."""
    op.create_table(
        "classes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("project", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("teacher", sa.String(length=255), nullable=False),
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("zone", sa.String(length=63), nullable=False),
        sa.Column("skip", sa.JSON(), nullable=False),
        sa.Column("created", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("gpus > 0", name=op.f("ck_classes_gpus")),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_classes_pool_pools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classes")),
    )
    op.create_index("ix_classes_project", "classes", ["project", "created"])
    op.create_table(
        "class_staff",
        sa.Column("class", sa.Uuid(), nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["class"], ["classes.id"], name=op.f("fk_class_staff_class_classes")),
        sa.PrimaryKeyConstraint("class", "user", name=op.f("pk_class_staff")),
    )
    op.create_index("ix_class_staff_user", "class_staff", ["user"])
    _groups()
    reference = sa.ForeignKey("class_groups.id", name=op.f("fk_bookings_class_group_class_groups"))
    op.add_column("bookings", sa.Column("class_group", sa.Uuid(), reference), inline_references=True)
    only = sa.text("class_group IS NOT NULL")
    op.create_index(
        "ix_bookings_class_group", "bookings", ["class_group"], sqlite_where=only, postgresql_where=only
    )


def _groups() -> None:
    op.create_table(
        "class_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("class", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("removed", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["class"], ["classes.id"], name=op.f("fk_class_groups_class_classes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_groups")),
    )
    there = sa.text("removed IS NULL")
    op.create_index(
        "uq_class_groups_class_name",
        "class_groups",
        ["class", "name"],
        unique=True,
        sqlite_where=there,
        postgresql_where=there,
    )
    op.create_table(
        "class_members",
        sa.Column("class", sa.Uuid(), nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("class_group", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["class"], ["classes.id"], name=op.f("fk_class_members_class_classes")),
        sa.ForeignKeyConstraint(
            ["class_group"], ["class_groups.id"], name=op.f("fk_class_members_class_group_class_groups")
        ),
        sa.PrimaryKeyConstraint("class", "user", name=op.f("pk_class_members")),
    )
    op.create_index("ix_class_members_class_group", "class_members", ["class_group"])
    op.create_index("ix_class_members_user", "class_members", ["user"])


def downgrade() -> None:
    """Forget classes, their groups and who is in them: what was booked for a group stays, but nobody can use it."""
    op.drop_index("ix_bookings_class_group", "bookings")
    op.drop_column("bookings", "class_group")
    for table in ("class_members", "class_groups", "class_staff", "classes"):
        op.drop_table(table)
