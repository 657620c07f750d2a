"""webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the webhook of a channel where somebody is told, and what is wrong with it."""
    for name, length in (("hook", 2000), ("hook_problem", 300)):
        op.add_column(
            "contacts", sa.Column(name, sa.String(length=length), server_default="", nullable=False)
        )


def downgrade() -> None:
    """Forget the webhooks of people's channels."""
    for name in ("hook_problem", "hook"):
        op.drop_column("contacts", name)
