"""broken gpus."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Let an outage name the GPU that is out of order."""
    op.add_column("outages", sa.Column("gpu", sa.String(length=255)))


def downgrade() -> None:
    """Forget which GPU an outage is of: as many are out of service, and it may be handed out."""
    op.drop_column("outages", "gpu")
