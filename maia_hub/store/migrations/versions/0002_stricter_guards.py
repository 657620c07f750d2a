"""stricter guards."""

from alembic import op

from maia_hub.store.guards import SQLITE

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Put this version's guards in the place of those that are there; all triggers of the file are ours."""
    there = op.get_bind().exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for name in there.scalars().all():
        op.execute(f'DROP TRIGGER "{name}"')
    for trigger in SQLITE:
        op.execute(trigger)
