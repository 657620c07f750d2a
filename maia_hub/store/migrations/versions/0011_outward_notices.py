"""outward notices."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add whom to tell where, what is to be sent, and up to where it was looked for it."""
    op.create_table(
        "contacts",
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("confirmed", UtcDateTime(timezone=True), nullable=True),
        sa.Column("pending", sa.String(length=254), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("code_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("lead", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=63), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("problem_since", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_contacts")),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=2000), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made", UtcDateTime(timezone=True), nullable=False),
        sa.Column("due", UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done", UtcDateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_letters_user_key", "letters", ["user", "key"], unique=True)
    waiting = sa.text("done IS NULL")
    op.create_index("ix_letters_due", "letters", ["due"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )


def downgrade() -> None:
    """Forget people's addresses, what they want to be told, and what waits to be sent."""
    op.drop_table("cursors")
    op.drop_table("letters")
    op.drop_table("contacts")
