"""series of bookings."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add what bookings were made as parts of."""
    op.create_table(
        "series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("project", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("zone", sa.String(length=63), nullable=False),
        sa.Column("skip", sa.JSON(), nullable=False),
        sa.Column("created", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_index("ix_series_user", "series", ["user", "created"])
    reference = sa.ForeignKey("series.id", name=op.f("fk_bookings_series_series"))
    op.add_column("bookings", sa.Column("series", sa.Uuid(), reference), inline_references=True)
    only = sa.text("series IS NOT NULL")
    op.create_index("ix_bookings_series", "bookings", ["series"], sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    """Forget what belongs together: the bookings themselves stay."""
    op.drop_index("ix_bookings_series", "bookings")
    op.drop_column("bookings", "series")
    op.drop_table("series")
