"""Texts found by what they mean, and topics that nobody declared."""

from flows.warehouse.migrations import run

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
