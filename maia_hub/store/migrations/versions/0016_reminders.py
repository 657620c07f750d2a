"""reminders."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add what owners of bookings were warned of or asked, and which booking a notice is about."""
    op.add_column("notices", sa.Column("booking", sa.Uuid()))
    op.create_table(
        "reminders",
        sa.Column("booking", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("kept", UtcDateTime(timezone=True)),
        sa.CheckConstraint("kind IN ('unused', 'idle')", name=op.f("ck_reminders_kind")),
        sa.ForeignKeyConstraint(
            ["booking"], ["bookings.id"], name=op.f("fk_reminders_booking_bookings"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("booking", "kind", name=op.f("pk_reminders")),
    )


def downgrade() -> None:
    """Forget what owners were asked; bookings that were handed over, or given back, count as released."""
    op.execute("UPDATE bookings SET cause = 'released' WHERE cause IN ('handed-over', 'idle')")
    op.execute("UPDATE servers SET stopping = 'released' WHERE stopping IN ('handed-over', 'given-back')")
    op.execute(
        "UPDATE notices SET kind = 'info' WHERE kind IN ('handed-over', 'given-back', 'unused', 'idle')"
    )
    op.drop_table("reminders")
    op.drop_column("notices", "booking")
