"""A refresh that was told to end, or cut off, is interrupted, as a run of a source is."""

from flows.warehouse.migrations import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
