"""event marks."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add what tells which events a text may occur in; the loops make it, of a million events within two hours."""
    op.create_table(
        "event_marks",
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("block", name=op.f("pk_event_marks")),
    )


def downgrade() -> None:
    """Search the audit log for texts more slowly; nothing is forgotten."""
    op.drop_table("event_marks")
