"""What runs share of the hosts they ask."""

from flows.warehouse.migrations import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
