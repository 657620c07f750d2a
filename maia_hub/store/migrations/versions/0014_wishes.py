"""wishes."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0014"
down_revision = "0013"

_STATES = "'waiting', 'offered', 'served', 'declined', 'lapsed', 'passed', 'withdrawn'"


def upgrade() -> None:
    """Add the waiting list."""
    op.create_table(
        "wishes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("project", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        *(
            sa.Column(name, UtcDateTime(timezone=True), nullable=False)
            for name in ("starts_from", "first_end", "latest_start", "ends_by", "since")
        ),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("ranked", UtcDateTime(timezone=True), nullable=False),
        sa.Column("look_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("booking", sa.Uuid(), nullable=True),
        sa.Column("offered_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("notice", sa.Integer(), nullable=True),
        sa.Column("ended", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("gpus > 0", name=op.f("ck_wishes_gpus")),
        sa.CheckConstraint(
            "starts_from <= latest_start AND first_end <= ends_by", name=op.f("ck_wishes_window")
        ),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_wishes_state")),
        sa.CheckConstraint("(state = 'offered') = (offered_until IS NOT NULL)", name=op.f("ck_wishes_offer")),
        sa.CheckConstraint(
            "(state IN ('offered', 'served')) = (booking IS NOT NULL)", name=op.f("ck_wishes_booking")
        ),
        sa.CheckConstraint(
            "(state IN ('waiting', 'offered')) = (ended IS NULL)", name=op.f("ck_wishes_ended")
        ),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_wishes_pool_pools")),
        sa.ForeignKeyConstraint(["booking"], ["bookings.id"], name=op.f("fk_wishes_booking_bookings")),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_wishes_notice_notices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes")),
    )
    op.create_index("uq_wishes_booking", "wishes", ["booking"], unique=True)
    op.create_index("ix_wishes_user", "wishes", ["user", "since"])
    waiting, on_list = sa.text("state = 'waiting'"), sa.text("ended IS NULL")
    for name, columns, when in (
        ("turn", ["pool", "used", "since"], waiting),
        ("age", ["pool", "since"], waiting),
        ("latest_start", ["latest_start"], waiting),
        ("look_at", ["look_at"], waiting),
        ("ranked", ["ranked"], waiting),
        ("offered_until", ["offered_until"], on_list),
    ):
        op.create_index(f"ix_wishes_{name}", "wishes", columns, sqlite_where=when, postgresql_where=when)


def downgrade() -> None:
    """Forget who waits."""
    op.drop_table("wishes")
