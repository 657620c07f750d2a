"""fixed ends."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Remember of what is held whether its end can still move away."""
    op.add_column("leases", sa.Column("fixed", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Forget of what is held whether its end can still move away."""
    op.drop_column("leases", "fixed")
