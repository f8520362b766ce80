"""Silences that were told."""

from flows.warehouse.migrations import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
