"""stricter guards."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Change nothing: a new version by itself gets this program's guards (see ``env.py``)."""


def downgrade() -> None:
    """Lose nothing: the guards are those of the program that goes back."""
