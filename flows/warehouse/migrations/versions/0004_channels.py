"""Streams of the channels that keep coming in, and of forums."""

from flows.warehouse.migrations import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
