"""searching."""

from alembic import op

revision = "0019"
down_revision = "0018"

_EVENTS = ("user", "actor", "project")


def upgrade() -> None:
    """Find what was decided by whom it concerns, who did it and for which project, and what was held by its end."""
    for column in _EVENTS:
        op.create_index(f"ix_events_{column}", "events", [column, "id"])
    op.create_index("ix_leases_released", "leases", ["released"])


def downgrade() -> None:
    """Search the audit log more slowly; nothing is forgotten."""
    op.drop_index("ix_leases_released", "leases")
    for column in reversed(_EVENTS):
        op.drop_index(f"ix_events_{column}", "events")
