"""entries."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add whom the platform let into whose servers, and who was there."""
    op.create_table(
        "entries",
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("server", sa.String(length=255), nullable=False),
        sa.Column("visitor", sa.String(length=255), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("project", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("class", sa.Uuid(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("given", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint('visitor <> "user"', name=op.f("ck_entries_visitor")),
        sa.PrimaryKeyConstraint("user", "server", "visitor", name=op.f("pk_entries")),
    )
    op.create_index("ix_entries_visitor", "entries", ["visitor"])
    op.create_table(
        "visits",
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("server", sa.String(length=255), nullable=False),
        sa.Column("visitor", sa.String(length=255), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("last", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last >= since", name=op.f("ck_visits_order")),
        sa.PrimaryKeyConstraint("user", "server", "visitor", "since", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_last", "visits", ["last"])


def downgrade() -> None:
    """Forget who was in whose servers, and whom the hub let in: end all classes first, for nobody shuts out then."""
    for table in ("visits", "entries"):
        op.drop_table(table)
