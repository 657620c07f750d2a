"""${message}."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Expand."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Say, to an administrator, what is forgotten."""
    ${downgrades if downgrades else "pass"}
