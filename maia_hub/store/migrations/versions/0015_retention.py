"""retention."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add when what was forgotten, and find events by their time."""
    op.create_table(
        "retentions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("cutoff", UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cutoff < at", name=op.f("ck_retentions_cutoff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retentions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_at", "events", ["at"])


def downgrade() -> None:
    """Forget when what was forgotten; names that were taken away do not come back."""
    op.drop_index("ix_events_at", "events")
    op.drop_table("retentions")
