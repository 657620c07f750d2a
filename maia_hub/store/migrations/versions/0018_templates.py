"""templates."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the wishes to book that people keep."""
    op.create_table(
        "templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("project", sa.String(length=63), nullable=True),
        sa.Column("at", sa.String(length=8), nullable=True),
        sa.Column("zone", sa.String(length=63), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("created", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("gpus > 0", name=op.f("ck_templates_gpus")),
        sa.CheckConstraint("seconds > 0", name=op.f("ck_templates_seconds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
    )
    op.create_index("uq_templates_user_name", "templates", ["user", "name"], unique=True)


def downgrade() -> None:
    """Forget them; what was booked by one stays."""
    op.drop_table("templates")
