"""Streams of the second storey: CRM customers, ratings, the sample, feeds."""

from flows.warehouse.migrations import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
