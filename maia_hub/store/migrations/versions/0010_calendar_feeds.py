"""calendar feeds."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the feeds that calendar programs read, and what finds the events of a booking."""
    op.create_table(
        "feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("of", sa.String(length=63), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created", UtcDateTime(timezone=True), nullable=False),
        sa.Column("renewed", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('own', 'pool', 'project')", name=op.f("ck_feeds_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
    )
    op.create_index("uq_feeds_user_kind_of", "feeds", ["user", "kind", "of"], unique=True)
    op.create_index("ix_events_subject", "events", ["subject"])


def downgrade() -> None:
    """Forget the calendars that people subscribed to: their addresses end."""
    op.drop_index("ix_events_subject", "events")
    op.drop_table("feeds")
