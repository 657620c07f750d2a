"""projects."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Find what a project has booked without reading what all others have."""
    op.create_index("ix_bookings_project", "bookings", ["project", "occupied_until"])


def downgrade() -> None:
    """Lose nothing but speed; bookings keep their projects."""
    op.drop_index("ix_bookings_project", "bookings")
