"""The key under which identifiers are hashed, and the first decisions."""

from flows.warehouse.migrations import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
