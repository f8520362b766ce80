"""The message that a decided wait begins with, and the decisions that refreshes have taken up."""

from flows.warehouse.migrations import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
