"""Numbered migrations: `versions/NNNN_what.py` runs the SQL file of the same name, as one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import op


def run(revision_file: str) -> None:
    """Run the SQL beside a revision; no parameters, so one file may hold many statements."""
    text = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(text)
