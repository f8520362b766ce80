"""Who is one customer: ids that last, memberships with their history, evidence, and what people decide of them."""

from flows.warehouse.migrations import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
