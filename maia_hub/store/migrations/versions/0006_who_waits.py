"""who waits."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add who waits for an idle GPU: one place a user and pool, one offer a GPU."""
    op.create_table(
        "waiters",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("project", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("server", sa.String(length=63), nullable=False),
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("gpu", sa.String(length=120), nullable=True),
        sa.Column("offered_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("accepted", UtcDateTime(timezone=True), nullable=True),
        sa.Column("notice", sa.Integer(), nullable=True),
        sa.CheckConstraint("(gpu IS NULL) = (offered_until IS NULL)", name=op.f("ck_waiters_offer")),
        sa.CheckConstraint("accepted IS NULL OR gpu IS NOT NULL", name=op.f("ck_waiters_accepted")),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_waiters_pool_pools")),
        sa.ForeignKeyConstraint(["gpu"], ["gpus.id"], name=op.f("fk_waiters_gpu_gpus")),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_waiters_notice_notices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiters")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_waiters_user_pool", "waiters", ["user", "pool"], unique=True)
    offered = sa.text("gpu IS NOT NULL")
    op.create_index(
        "uq_waiters_gpu", "waiters", ["gpu"], unique=True, sqlite_where=offered, postgresql_where=offered
    )


def downgrade() -> None:
    """Forget who waits for an idle GPU."""
    op.drop_table("waiters")
