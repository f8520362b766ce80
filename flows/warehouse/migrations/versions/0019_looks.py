"""Who looked at whose page."""

from flows.warehouse.migrations import run

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
