"""Runs that read a period of the past."""

from flows.warehouse.migrations import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
