"""Whose this database is: the installation, its schemas' marks, and what dbt made in them."""

from flows.warehouse.migrations import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run(__file__)
