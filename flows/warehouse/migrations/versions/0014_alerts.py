"""What people decide of alerts, and the bursts that were told."""

from flows.warehouse.migrations import run

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
