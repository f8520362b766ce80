"""What texts say, by message; corrections by people; and which corrections refreshes have taken up."""

from flows.warehouse.migrations import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
