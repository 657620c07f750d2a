"""tools of workspaces that are shared."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add who may use which tool of whose workspace, and the words by which workspaces know the door."""
    op.create_table(
        "tool_shares",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("project", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("server", sa.String(length=255), nullable=False),
        sa.Column("tool", sa.String(length=63), nullable=False),
        sa.Column("guest", sa.String(length=255), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created", UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool_shares")),
    )
    op.create_index("ix_tool_shares_owner", "tool_shares", ["owner", "until"])
    op.create_index("ix_tool_shares_guest", "tool_shares", ["guest", "until"])
    op.create_table(
        "tool_words",
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("server", sa.String(length=255), nullable=False),
        sa.Column("tool", sa.String(length=63), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("word", sa.String(length=128), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "server", "tool", name=op.f("pk_tool_words")),
    )


def downgrade() -> None:
    """Share no tools: guests are let in nowhere any more, and whoever shared one has to share it again."""
    op.drop_table("tool_words")
    op.drop_table("tool_shares")
