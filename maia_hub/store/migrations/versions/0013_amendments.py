"""amendments."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add what administrators change of the rules."""
    op.create_table(
        "amendments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("project", sa.String(length=63), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind IN ('policy', 'quotas')", name=op.f("ck_amendments_kind")),
        sa.CheckConstraint("kind = 'policy' OR project <> ''", name=op.f("ck_amendments_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendments")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_amendments_kind_project", "amendments", ["kind", "project", "id"])


def downgrade() -> None:
    """Forget what administrators changed of the rules: what the settings say holds again."""
    op.drop_table("amendments")
