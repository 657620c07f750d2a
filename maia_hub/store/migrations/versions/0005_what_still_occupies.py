"""what still occupies."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Find the bookings that are not over without reading all that ever were."""
    op.create_index("ix_bookings_occupied_until", "bookings", ["occupied_until"])


def downgrade() -> None:
    """Lose nothing but speed."""
    op.drop_index("ix_bookings_occupied_until", "bookings")
