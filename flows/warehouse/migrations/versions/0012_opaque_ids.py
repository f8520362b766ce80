"""No address in an id: ids that are one, or hold one, are made of its keyed hash; decisions name the new ones."""

from flows.warehouse.migrations import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
