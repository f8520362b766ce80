"""Telephone numbers as names of accounts are hashed in ids however they are written."""

from flows.warehouse.migrations import run

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
