"""What is left of people who were erased: hashes that keep them out, and that it was done."""

from flows.warehouse.migrations import run

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
