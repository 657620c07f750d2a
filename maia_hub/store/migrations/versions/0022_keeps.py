"""keeps."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add what is kept free for whom."""
    op.create_table(
        "keeps",
        sa.Column("outage", sa.Integer(), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("wish", sa.Uuid(), nullable=False),
        sa.Column("begins", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["outage"], ["outages.id"], name=op.f("fk_keeps_outage_outages"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["wish"], ["wishes.id"], name=op.f("fk_keeps_wish_wishes")),
        sa.PrimaryKeyConstraint("outage", name=op.f("pk_keeps")),
    )
    op.create_index("ix_keeps_wish", "keeps", ["wish"])


def downgrade() -> None:
    """Keep nothing free for who has waited longest: what was kept can be booked by anybody."""
    op.execute("DELETE FROM outages WHERE id IN (SELECT outage FROM keeps)")
    op.drop_table("keeps")
