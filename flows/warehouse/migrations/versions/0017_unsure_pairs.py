"""Pairs of accounts of which a person could not tell whether they are one."""

from flows.warehouse.migrations import run

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
