"""The ground: schemas, and what collect and refresh write."""

from flows.warehouse.migrations import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
